import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellValue } from '../../../lambdas/shared/batch/cell-values';
import { cellText } from '../../../lambdas/shared/batch/csv-fields';
import { type CsvRow, csvColumns, csvRecords } from '../../../lambdas/shared/batch/csv-rows';
import { RecordCutter } from '../../../lambdas/shared/batch/records';
import { BadRow, type ReadRow } from '../../../lambdas/shared/batch/source-rows';
import { textRows } from '../../../lambdas/shared/batch/text-rows';
import type { BatchSettings, Chunk, Datatype } from '../../../lambdas/shared/contract';
import { manifestOf } from '../manifest';

const COLUMNS = ['id', 'a', 'b', 'colour'];

/** A model of two values of this type, and a batch that joins a column. */
function format(datatype: Datatype, delimiter: string) {
  const [spec] = manifestOf('iris').inputs;
  const input = { ...spec, name: 'x', datatype, shape: [-1, 2], features: ['a', 'b'] };
  const manifest = manifestOf('iris', { inputs: [input as never] });
  const settings = { delimiter, multiline: true, idColumn: 'id', joinColumns: ['colour', 'a'] };
  return { manifest, settings: settings as unknown as BatchSettings };
}

interface Read {
  readonly row: number;
  readonly line?: number;
  readonly error?: string;
  readonly id?: unknown;
  readonly values?: readonly unknown[];
  readonly beside?: string;
}

/** The rows as a worker reads them. */
async function readByWorker(content: Buffer, datatype: Datatype, delimiter: string): Promise<Read[]> {
  const header = content.indexOf('\n') + 1;
  const columns = await csvColumns(content.subarray(0, header).toString().trimEnd(), format(datatype, delimiter));
  const chunk = { format: 'csv', start: header, end: content.length, firstRow: 1, firstLine: 2 } as Chunk;
  const file = { bytes: content.length, read: async (start: number, end: number) => content.subarray(start, end) };
  const found: Read[] = [];
  const describe = (row: ReadRow): Read => {
    if (row instanceof BadRow) return { ...row.place, error: row.error.message, id: row.id };
    const { beside, end, id, line, start, values } = row as CsvRow;
    return { row: row.row, line, id, values: values[0], beside: beside.slice(start, end) };
  };
  const { rows } = textRows(file, chunk, { delimiter, multiline: true }, csvRecords(columns));
  for await (const some of rows) found.push(...some.map(describe));
  return found;
}

/** The same without a thought of speed: every record a text, every field by the parser, every number by `Number`. */
function readSimply(content: Buffer, datatype: Datatype, delimiter: string): Read[] {
  const cutter = new RecordCutter({ quotedBy: delimiter });
  const found: Read[] = [];
  let [row, line] = [0, 1];
  for (const { data, spans } of [cutter.push(content), cutter.end()]) {
    for (const { broken, end, lines, start } of spans) {
      const bytes = data.subarray(start, end);
      const own = line;
      line += lines;
      const text = bytes.toString().replace(/\r?\n$/, '');
      if (text === '' || own === 1) continue;
      row += 1;
      const place = { row, line: own };
      if (!Buffer.from(bytes.toString()).equals(bytes)) found.push({ ...place, error: 'not UTF-8' });
      else if (broken) found.push({ ...place, error: 'does not end' });
      else found.push({ ...place, ...readText(text, datatype, delimiter) });
    }
  }
  return found;
}

function readText(text: string, datatype: Datatype, delimiter: string): Omit<Read, 'row'> {
  let records: string[][];
  try {
    records = text.includes('"') ? parse(text, { delimiter, relax_column_count: true }) : [text.split(delimiter)];
  } catch {
    return { error: 'quotes' };
  }
  const [cells = []] = records;
  if (records.length !== 1) return { error: 'quotes' };
  if (cells.length !== COLUMNS.length) return { error: `got ${cells.length}` };
  const [id = '', a = '', b = '', colour = ''] = cells;
  if (id === '') return { error: 'the id is empty' };
  const kind = { FP32: 'float', INT32: 'integer', INT64: 'bigint', BYTES: 'text' }[datatype as 'FP32'] as 'float';
  const beside = [id, colour, a].map((cell) => cellText(cell, delimiter)).join(delimiter);
  return { id, values: [cellValue(a, kind), cellValue(b, kind)], beside };
}

const number = fc.oneof(
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value.toFixed(3)),
  fc.double().map(String),
  fc.integer().map(String),
  fc.stringMatching(/^-?[0-9]{0,18}\.?[0-9]{0,18}$/),
  fc.constantFrom(
    '',
    ' ',
    '-',
    '.',
    '5.',
    '.5',
    '-0',
    '+1',
    '1e3',
    '1_0',
    '0x1',
    'NaN',
    'null',
    'inf',
    ' 7 ',
    '1.2.3',
    '٣',
  ),
);
const word = fc.oneof(
  fc.stringMatching(/^[a-zé€\u{1f600} ,;"]{0,5}$/u),
  fc.constantFrom('', 'red', '"', 'a\rb', 'a\nb', '\0', '\ufeff'),
);
/** A field as it comes: quoted or not, rightly or not. */
const field = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.integer({ min: 0, max: 9 })).map(([value, how]) => {
    if (how === 0) return `"${value.replaceAll('"', '""')}"`;
    return how === 1 ? value : value.replaceAll(/["\n,;]/g, '');
  });
const record = fc.tuple(field(word), field(number), field(number), field(word), fc.integer({ min: 0, max: 19 }));
const file = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 12 }),
  delimiter: fc.constantFrom(',', ';', '\t'),
  datatype: fc.constantFrom<Datatype>('FP32', 'INT32', 'INT64', 'BYTES'),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  spoiled: fc.boolean(),
});

test('[4.2] [4.3] rows of any CSV file are those of the parser and of Number, to the bit, and so are the errors', async () => {
  let good = 0;
  await fc.assert(
    fc.asyncProperty(file, async ({ records, delimiter, datatype, lineBreak, spoiled }) => {
      const lines = records.map(([id, a, b, colour, odd]) => {
        const fields = [id, a, b, colour];
        if (odd === 0) fields.pop();
        if (odd === 1) fields.push('more');
        return fields.join(delimiter);
      });
      const parts = [Buffer.from([COLUMNS.join(delimiter), ...lines].join(lineBreak))];
      if (spoiled) parts.push(Buffer.from(`${lineBreak}x${delimiter}1${delimiter}2${delimiter}\xff`, 'latin1'));
      const content = Buffer.concat(parts);
      const [found, expected] = [
        await readByWorker(content, datatype, delimiter),
        readSimply(content, datatype, delimiter),
      ];
      expect(found.map(({ error, ...row }) => ({ ...row, bad: error !== undefined }))).toEqual(
        expected.map(({ error, ...row }) => ({ ...row, bad: error !== undefined })),
      );
      for (const [at, { error, values = [] }] of found.entries()) {
        if (error !== undefined) expect(error).toContain(expected[at]?.error);
        for (const [index, value] of values.entries()) expect(value).toBe(expected[at]?.values?.[index]);
        good += error === undefined ? 1 : 0;
      }
    }),
    { numRuns: 400 },
  );
  expect(good).toBeGreaterThan(400);
});

test('[4.2] a number of up to fifteen digits is what Number makes of it, to the bit', async () => {
  const plain = fc.tuple(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), fc.integer({ min: 0, max: 16 }));
  await fc.assert(
    fc.asyncProperty(fc.array(plain, { minLength: 50, maxLength: 50 }), async (numbers) => {
      const texts = numbers.map(([digits, places]) => {
        const text = `${digits < 0n ? -digits : digits}`.padStart(places + 1, '0');
        const point = text.length - places;
        return `${digits < 0n ? '-' : ''}${text.slice(0, point)}${places > 0 ? '.' : ''}${text.slice(point)}`;
      });
      const content = Buffer.from(`${COLUMNS.join()}\n${texts.map((text) => `i,${text},${text},c\n`).join('')}`);
      const found = await readByWorker(content, 'FP64', ',');
      expect(found.map(({ values = [] }) => values[0])).toEqual(texts.map(Number));
    }),
    { numRuns: 100 },
  );
});
