import type { ModelIdentity } from '../contract';
import type { TensorData } from '../protocol/datatypes';
import { valuesText } from '../protocol/json-output';
import type { Tensor } from '../protocol/tensor';
import { ByteText } from './byte-text';
import { cellText } from './csv-fields';
import type { CsvRow } from './csv-rows';
import type { ByteSink } from './object-writer';
import { META_COLUMNS, type ResultColumn, resultColumns, sizeInRow } from './result-columns';
import type { ResultContext, Results } from './results';
import type { SourceRow } from './source-rows';

/** The header of the results. Parts have none, so that they are one file when they lie behind each other. */
export function csvHeader(context: Omit<ResultContext, 'run' | 'parquet'>): string {
  const { idColumn = 'row', joined, manifest, outputs } = context;
  const names = [idColumn, ...joined, ...resultColumns(manifest, outputs).map(({ name }) => name), ...META_COLUMNS];
  return `${names.map((name) => cellText(name, context.delimiter)).join(context.delimiter)}\n`;
}

export class CsvResults implements Results {
  readonly #columns: readonly ResultColumn[];
  readonly #text = new ByteText(64 * 1024);

  constructor(
    private readonly context: ResultContext,
    private readonly sink: ByteSink,
  ) {
    this.#columns = resultColumns(context.manifest, context.outputs);
  }

  async write(rows: readonly SourceRow[], outputs: readonly Tensor[], model: ModelIdentity): Promise<void> {
    const { delimiter, run } = this.context;
    const separator = delimiter.charCodeAt(0);
    const writers = this.#columns.map((column) => cellWriter(column, outputs, rows.length, delimiter));
    const end = Buffer.from(
      `${delimiter}${cellText(run, delimiter)}${delimiter}${cellText(model.version, delimiter)}\n`,
    );
    this.#text.clear();
    writeRows(rows as readonly CsvRow[], writers, separator, end, this.#text);
    await this.sink.write(this.#text.content());
  }

  close(): Promise<number> {
    return this.sink.close();
  }
}

// Indexes instead of iterators: the least that is allocated for each value counts a million times.
function writeRows(
  rows: readonly CsvRow[],
  writers: readonly WriteCell[],
  separator: number,
  end: Uint8Array,
  to: ByteText,
): void {
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as CsvRow;
    to.copyOf(row.beside, row.start, row.end);
    for (let column = 0; column < writers.length; column++) {
      to.byte(separator);
      (writers[column] as WriteCell)(at, to);
    }
    to.copy(end, 0, end.length);
  }
}

type WriteCell = (row: number, to: ByteText) => void;

/** A function for each column and each block of rows, so that nothing is decided for each value. */
function cellWriter(
  { at, labels, output }: ResultColumn,
  outputs: readonly Tensor[],
  rows: number,
  delimiter: string,
): WriteCell {
  const tensor = outputs.find(({ name }) => name === output);
  if (!tensor) throw new Error(`the model did not give ${output}`);
  const size = sizeInRow(tensor, rows);
  const { data, datatype } = tensor;
  if (at === -1) {
    return (row, to) => to.text(cellText(`[${valuesText(tensor, row * size, (row + 1) * size)}]`, delimiter));
  }
  if (labels) {
    const names = labels.map((label) => Buffer.from(cellText(label, delimiter)));
    const indexOf = is64Bit(data) ? smallIntegers(data) : (index: number) => Number(data[index]);
    return (row, to) => {
      const name = names[indexOf(row * size + at)];
      if (name) to.copy(name, 0, name.length);
    };
  }
  if (datatype === 'FP32') return (row, to) => to.float32(data[row * size + at] as number);
  if (datatype === 'BOOL') return (row, to) => to.text(data[row * size + at] ? 'true' : 'false');
  if (datatype === 'BYTES') return (row, to) => to.text(cellText(data[row * size + at] as string, delimiter));
  if (datatype === 'FP16') return (row, to) => to.text(valuesText(tensor, row * size + at, row * size + at + 1));
  if (is64Bit(data)) {
    const small = smallIntegers(data);
    return (row, to) => {
      const value = small(row * size + at);
      if (Number.isNaN(value)) to.text(`${data[row * size + at]}`);
      else to.integer(value);
    };
  }
  return (row, to) => to.text(`${data[row * size + at]}`);
}

function is64Bit(data: TensorData): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Values from 0 to 2^31 without a bigint for each; others are not a number. The lower half of each comes first in memory. */
function smallIntegers({ buffer, byteOffset, length }: BigInt64Array | BigUint64Array): (index: number) => number {
  const halves = new Int32Array(buffer, byteOffset, 2 * length);
  return (index) => {
    const low = halves[2 * index] as number;
    return halves[2 * index + 1] === 0 && low >= 0 ? low : Number.NaN;
  };
}
