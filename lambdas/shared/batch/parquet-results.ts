import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import type { ModelIdentity, OutputSpec } from '../contract';
import { valuesText } from '../protocol/json-output';
import type { Tensor } from '../protocol/tensor';
import type { ByteSink } from './object-writer';
import { META_COLUMNS, type ResultColumn, resultColumns, sizeInRow } from './result-columns';
import type { ResultContext, Results } from './results';
import type { SourceRow } from './source-rows';

type Column = { readonly name: string; readonly type?: ColumnSource['type']; readonly values: unknown[] };

/** A Parquet file for each mini-job. Its columns are in memory until it is written: a mini-job is as large as that allows. */
export class ParquetResults implements Results {
  readonly #id: Column;
  readonly #joined: readonly Column[];
  readonly #predicted: readonly (Column & { readonly from: ResultColumn })[];
  readonly #meta: readonly Column[];

  constructor(
    private readonly context: ResultContext,
    private readonly sink: ByteSink,
  ) {
    const { idColumn, joined, manifest, outputs } = context;
    this.#id = { name: idColumn ?? 'row', type: idColumn === undefined ? 'INT32' : undefined, values: [] };
    this.#joined = joined.map((name) => ({ name, values: [] }));
    this.#predicted = resultColumns(manifest, outputs).map((from) => {
      const spec = manifest.outputs.find(({ name }) => name === from.output) as OutputSpec;
      const type = from.at === -1 || from.labels ? 'STRING' : TYPES[spec.datatype];
      return { name: from.name, type, values: [], from };
    });
    this.#meta = META_COLUMNS.map((name) => ({ name, type: 'STRING', values: [] }));
  }

  async write(rows: readonly SourceRow[], outputs: readonly Tensor[], model: ModelIdentity): Promise<void> {
    const [run, version] = this.#meta;
    for (const { id, joined } of rows) {
      this.#id.values.push(id);
      for (const [at, { values }] of this.#joined.entries()) values.push((joined as unknown[])[at]);
      run?.values.push(this.context.run);
      version?.values.push(model.version);
    }
    for (const { from, values } of this.#predicted) {
      const tensor = outputs.find(({ name }) => name === from.output);
      if (!tensor) throw new Error(`the model did not give ${from.output}`);
      const size = sizeInRow(tensor, rows.length);
      for (let row = 0; row < rows.length; row++) values.push(cellOf(tensor, row * size, size, from));
    }
  }

  async close(): Promise<number> {
    if (this.#id.values.length > 0) {
      const { ByteWriter, parquetWrite, schemaFromColumnData } = await import('./parquet-writer-client');
      const columns = [this.#id, ...this.#joined, ...this.#predicted, ...this.#meta];
      const schemaOverrides = Object.fromEntries(
        [this.#id, ...this.#joined].flatMap(({ name }) => {
          const element = this.context.parquet?.columns.get(name);
          return element ? [[name, asOptional(element)]] : [];
        }),
      );
      const columnData = columns.map(({ name, type, values }) => ({ name, type, data: values as unknown[] }));
      const schema = schemaFromColumnData({ columnData, schemaOverrides });
      const writer = new ByteWriter();
      parquetWrite({ writer, schema, columnData: columnData.map(({ data, name }) => ({ data, name })) });
      await this.sink.write(writer.getBytes());
    }
    return this.sink.close();
  }
}

function asOptional({ field_id: _, ...element }: SchemaElement): SchemaElement {
  return { ...element, repetition_type: 'OPTIONAL' };
}

function cellOf(tensor: Tensor, start: number, size: number, { at, labels }: ResultColumn): unknown {
  if (at === -1) return `[${valuesText(tensor, start, start + size)}]`;
  const value = tensor.data[start + at];
  if (labels) return labels[Number(value)] ?? null;
  if (tensor.datatype === 'BOOL') return Boolean(value);
  // Parquet's 64-bit integers have a sign.
  return tensor.datatype === 'UINT64' ? BigInt.asIntN(64, value as bigint) : value;
}

const TYPES: Readonly<Record<OutputSpec['datatype'], ColumnSource['type']>> = {
  BOOL: 'BOOLEAN',
  UINT8: 'INT32',
  UINT16: 'INT32',
  UINT32: 'DOUBLE',
  UINT64: 'INT64',
  INT8: 'INT32',
  INT16: 'INT32',
  INT32: 'INT32',
  INT64: 'INT64',
  FP16: 'FLOAT',
  FP32: 'FLOAT',
  FP64: 'DOUBLE',
  BYTES: 'STRING',
};
