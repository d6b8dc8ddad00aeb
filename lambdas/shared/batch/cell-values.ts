import type { InputSpec } from '../contract';
import { ServingError } from '../errors';
import { DATATYPE_INFO, type Kind, type TensorData } from '../protocol/datatypes';
import { decodeJsonData } from '../protocol/json-data';
import { limitsOf, readerOf } from '../protocol/json-values';
import { shapeText } from '../protocol/tensor';
import type { InputColumns } from './columns';

/** Values of a row of one input, as JSON would have them: what the card's limits are checked on. */
export type RowValues = readonly unknown[];

/** The text of a cell as the JSON value it stands for. What is none is left as it is, and refused where it is read. */
export function cellValue(text: string, kind: Kind): unknown {
  if (kind === 'text') return text;
  if (kind === 'boolean') return BOOLEANS.get(text.toLowerCase()) ?? text;
  if (kind === 'bigint') return text.trim();
  // `Number` reads hexadecimal, octal and binary digits too, and what is blank as zero.
  if (OTHER_BASE.test(text)) return text;
  const number = Number(text);
  if (Number.isNaN(number)) return WORDS.has(word(text)) ? WORDS.get(word(text)) : text;
  return number === 0 && text.trim() === '' ? null : number;
}

function word(text: string): string {
  return text.trim().toLowerCase();
}

const OTHER_BASE = /[xob]/i;
const BOOLEANS = new Map<string, boolean>([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);
/** How others write what is missing, or endless. */
const WORDS = new Map<string, unknown>([
  ['nan', 'NaN'],
  ['na', 'NaN'],
  ['null', null],
  ['inf', 'Infinity'],
  ['-inf', '-Infinity'],
]);

/** A value of Parquet as the JSON value it stands for. */
export function parquetValue(value: unknown, kind: Kind): unknown {
  if (typeof value === 'bigint') return kind === 'bigint' ? value.toString() : Number(value);
  if (kind === 'float' && typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

/** Copies the values of one row after the other into the data of a tensor. */
export class RowFiller {
  readonly #read;
  readonly #limits;
  readonly #spec: InputSpec;
  readonly #size: number;

  constructor(
    private readonly input: InputColumns,
    private readonly target: TensorData,
  ) {
    this.#spec = input.spec;
    this.#size = input.size;
    this.#read = readerOf(input.spec);
    this.#limits = limitsOf(input.spec);
  }

  /** @throws ServingError that names the column */
  fill(row: number, values: RowValues): void {
    if (this.#size !== -1 && values.length !== this.#size) {
      const { name, shape } = this.#spec;
      const message = `a row of "${name}" has ${this.#size} values (${shapeText(shape)}), got ${values.length}`;
      throw new ServingError('INVALID_SHAPE', message, { field: name });
    }
    if (this.#read(values, this.target, row * this.#size, this.#limits) === -1) return;
    explain(this.input, values);
  }
}

/** The same check once more, by who can say what is wrong. */
function explain({ columns, spec }: InputColumns, values: RowValues): never {
  const column = (index: number) => (columns.length === 1 ? columns[0] : columns[index]) ?? spec.name;
  decodeJsonData(values, spec, [values.length], ([index = 0]) => column(index));
  throw new Error(`${spec.name}: a value that was refused is legal`);
}

export function kindOf({ spec }: InputColumns): Kind {
  return DATATYPE_INFO[spec.datatype].kind;
}
