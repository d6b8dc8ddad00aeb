import type { ModelIdentity } from '../contract';
import { valuesText } from '../protocol/json-output';
import type { Tensor } from '../protocol/tensor';
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

type CellOf = (row: number) => string;

export class CsvResults implements Results {
  readonly #columns: readonly ResultColumn[];

  constructor(
    private readonly context: ResultContext,
    private readonly sink: ByteSink,
  ) {
    this.#columns = resultColumns(context.manifest, context.outputs);
  }

  async write(rows: readonly SourceRow[], outputs: readonly Tensor[], model: ModelIdentity): Promise<void> {
    const { delimiter, run } = this.context;
    const cells = this.#columns.map((column) => cellOf(column, outputs, rows.length, delimiter));
    const end = `${delimiter}${cellText(run, delimiter)}${delimiter}${cellText(model.version, delimiter)}\n`;
    let text = '';
    for (let row = 0; row < rows.length; row++) {
      const { id, joined } = rows[row] as SourceRow;
      text += cellText(id as string, delimiter);
      if (joined) for (const cell of joined as string[]) text += delimiter + cellText(cell, delimiter);
      for (let at = 0; at < cells.length; at++) text += delimiter + (cells[at] as CellOf)(row);
      text += end;
    }
    await this.sink.write(Buffer.from(text));
  }

  close(): Promise<number> {
    return this.sink.close();
  }
}

/** A function for each column and each block of rows, so that nothing is decided for each value. */
function cellOf(
  { at, labels, output }: ResultColumn,
  outputs: readonly Tensor[],
  rows: number,
  delimiter: string,
): CellOf {
  const tensor = outputs.find(({ name }) => name === output);
  if (!tensor) throw new Error(`the model did not give ${output}`);
  const size = sizeInRow(tensor, rows);
  const { data, datatype } = tensor;
  if (at === -1) return (row) => cellText(`[${valuesText(tensor, row * size, (row + 1) * size)}]`, delimiter);
  if (labels) {
    const names = labels.map((label) => cellText(label, delimiter));
    return (row) => names[Number(data[row * size + at])] ?? '';
  }
  if (datatype === 'BOOL') return (row) => (data[row * size + at] ? 'true' : 'false');
  if (datatype === 'BYTES') return (row) => cellText(data[row * size + at] as string, delimiter);
  if (datatype === 'FP16') return (row) => valuesText(tensor, row * size + at, row * size + at + 1);
  return (row) => `${data[row * size + at]}`;
}

/** Quoted where it must be. */
function cellText(text: string, delimiter: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34 || code === 10 || code === 13 || text[at] === delimiter) return `"${text.replaceAll('"', '""')}"`;
  }
  return text;
}
