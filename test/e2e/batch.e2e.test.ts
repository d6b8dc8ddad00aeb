import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { BatchService } from './batch/batch-service';
import { idOf, irisAnswers, irisCsv, lengthsOf, RESULT_HEADER, resultLine } from './batch/iris-rows';
import { deployApp } from './emulator';

const target = inject('target');
/** The full count belongs to `npm run test:soak`. */
const ROWS = process.env.SOAK ? 1_000_000 : 20_000;
const CHUNK_ROWS = process.env.SOAK ? 100_000 : 2000;

let iris: BatchService;
let formats: BatchService;
let hooked: BatchService;
beforeAll(async () => {
  const variables = { CHUNK_ROWS: `${CHUNK_ROWS}` };
  const { BatchServices = {} } = await deployApp({ target, folder: inject('folder') }, 'batch', variables);
  iris = new BatchService(target, BatchServices, 'Iris');
  formats = new BatchService(target, BatchServices, 'RetryNone');
  hooked = new BatchService(target, BatchServices, 'Hooked');
}, 300_000);

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

test(`[4.2] [4.6] [4.7] ${ROWS} rows of a CSV file: as many results by id as ONNX Runtime says, in parallel mini-jobs`, async () => {
  const run = await iris.startOn({ 'iris.csv': irisCsv(ROWS) });
  // While it runs the run says how far it is.
  const under = await iris.until(run, ({ rowsDone, state }) => state === 'RUNNING' && rowsDone > 0, 300);
  expect(under.rowsTotal).toBe(ROWS);
  expect(under.rowsDone).toBeLessThanOrEqual(ROWS);
  const ended = await iris.ended(run, { seconds: 1500 });
  expect(ended, JSON.stringify(ended)).toMatchObject({
    state: 'COMPLETED',
    rowsDone: ROWS,
    rowsFailed: 0,
    rowsTotal: ROWS,
  });
  expect(ended.chunksTotal).toBe(ROWS / CHUNK_ROWS);
  expect(ended.chunksDone).toBe(ROWS / CHUNK_ROWS);

  const answers = await irisAnswers(ROWS);
  const results = (await iris.results(ended)).toString();
  const lines = results.trimEnd().split('\n');
  expect(lines[0]).toBe(RESULT_HEADER);
  expect(lines).toHaveLength(ROWS + 1);
  for (let row = 1; row <= ROWS; row += Math.floor(ROWS / 50)) {
    const [id, , label, , ...rest] = lines[row]?.split(',') ?? [];
    const answer = answers[row - 1];
    expect(id).toBe(idOf(row));
    expect(Number(label)).toBe(answer?.label);
    for (const at of [0, 1, 2]) expect(Number(rest[at])).toBeCloseTo(answer?.probabilities[at] ?? Number.NaN, 4);
  }
  // In all, labels by id are those of ONNX Runtime, to the bit.
  const labels = lines.slice(1).map((line) => line.split(',').slice(0, 3).join());
  const expected = answers.map((answer, at) =>
    resultLine(at + 1, answer, run)
      .split(',')
      .slice(0, 3)
      .join(),
  );
  expect(sha256(labels.join('\n'))).toBe(sha256(expected.join('\n')));
  // Nothing is left but the results and the account of the run.
  const { files, models, state } = await iris.account(ended);
  expect({ state, models }).toMatchObject({ state: 'COMPLETED', models: [{ name: 'iris', version: '1.0.0' }] });
  expect(await iris.keys(`output/${run}/`)).toEqual(
    [...(files[0]?.results ?? []), `output/${run}/_work/plan-1.json`, ended.manifestKey].sort(),
  );
}, 1_800_000);

test('[4.3] bad rows scattered over a file: all good ones have a result, each bad one an error with its line and reason', async () => {
  const bad: Record<number, [line: string | Buffer, code: string, field?: string]> = {
    3: ['flower-3,wide,3,1.4,0.2,setosa', 'INVALID_VALUE', 'sepal_length'],
    7: ['flower-7,5.1,3.5', 'INVALID_SHAPE'],
    11: ['flower-11,5.1,NaN,1.4,0.2,setosa', 'INVALID_VALUE', 'sepal_width'],
    12: ['flower-12,5.1,,1.4,0.2,setosa', 'INVALID_VALUE', 'sepal_width'],
    20: [Buffer.from('flower-20,5.1,3.5,1.4,0.2,\xff\xfe', 'latin1'), 'INVALID_VALUE'],
    31: ['flower-31,99,3.5,1.4,0.2,setosa', 'INVALID_VALUE', 'sepal_length'],
    40: [',5.1,3.5,1.4,0.2,setosa', 'INVALID_VALUE', 'id'],
    41: ['flower-41,"5.1"x,3.5,1.4,0.2,setosa', 'INVALID_REQUEST'],
    60: ['flower-60,"5.1,3.5,1.4,0.2,setosa', 'INVALID_REQUEST'],
  };
  const pieces: Buffer[] = [];
  // A field with a quote, a delimiter and a line break, which is one row.
  const odd = (line: string, row: number) => (row === 5 ? line.replace('setosa', '"a ""red"", wide\none"') : line);
  for (const [at, line] of irisCsv(60, odd)
    .toString()
    .trimEnd()
    .split(/\n(?!one)/)
    .entries()) {
    pieces.push(Buffer.from(bad[at]?.[0] ?? line), Buffer.from(at % 2 ? '\n' : '\r\n'));
  }
  const run = await iris.runOn({ 'scattered.csv': Buffer.concat(pieces) });
  // Nine of sixty are more than the ten percent that are tolerated by default.
  expect(run).toMatchObject({ state: 'FAILED', rowsDone: 60, rowsFailed: 9 });
  const errors = await iris.errors(run);
  expect(errors.map(({ code, field, line, row }) => ({ code, field, line, row }))).toEqual(
    Object.entries(bad).map(([row, [, code, field]]) => ({
      ...{ code, field, row: Number(row) },
      // The header is the first line; the row with the line break takes two.
      line: Number(row) + (Number(row) > 5 ? 2 : 1),
    })),
  );
  for (const { reason, run_id } of errors)
    expect({ reason: reason.length > 10, run_id }).toEqual({ reason: true, run_id: run.run });
  const lines = (await iris.results(run)).toString();
  expect(lines).toContain('flower-5,"a ""red"", wide\none",');
  const ids = lines
    .split(/\n(?!one)/)
    .slice(1, -1)
    .map((line) => line.split(',')[0]);
  expect(ids).toEqual(Array.from({ length: 60 }, (_, at) => idOf(at + 1)).filter((_, at) => !bad[at + 1]));

  // One bad row is within it.
  const partial = await iris.runOn({ 'one.csv': irisCsv(60, (line, row) => (row === 3 ? 'flower-3' : line)) });
  expect(partial).toMatchObject({ state: 'PARTIAL', rowsDone: 60, rowsFailed: 1 });
  expect((await iris.results(partial)).toString().trimEnd().split('\n')).toHaveLength(60);
}, 120_000);

describe('[4.6] other formats fall into mini-jobs of their own', () => {
  const rows = Array.from({ length: 400 }, (_, at) => ({ id: idOf(at + 1), lengths: lengthsOf(at + 1) }));

  test('JSONL by ranges of bytes; lines of errors are those of the file', async () => {
    const lines = rows.map(({ id, lengths: [a, b, c, d] }) =>
      JSON.stringify({ id, sepal_length: a, sepal_width: b, petal_length: c, petal_width: d }),
    );
    lines[123] = '{"id":"flower-124","features":[5.1,3.5,1.4]}';
    lines[350] = '{"id":"flower-351"';
    const run = await formats.runOn({ 'rows.jsonl': `${lines.join('\n')}\n` });
    expect(run).toMatchObject({ state: 'PARTIAL', rowsDone: 400, rowsFailed: 2, rowsEstimated: true });
    expect(run.chunksTotal).toBeGreaterThanOrEqual(8);
    expect((await formats.errors(run)).map(({ id, line, row }) => [id, line, row])).toEqual([
      ['flower-124', 124, 124],
      // What is no JSON has no id either.
      [undefined, 351, 351],
    ]);
    const results = (await formats.results(run))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).filter((id) => !/-(124|351)$/.test(id)));
    const [answer] = await irisAnswers(1);
    const { probabilities, ...first } = results[0];
    const said = {
      id: 'flower-1',
      label: answer?.label,
      label_name: 'setosa',
      run_id: run.run,
      model_version: '1.0.0',
    };
    expect(first).toEqual(said);
    for (const at of [0, 1, 2]) expect(probabilities[at]).toBeCloseTo(answer?.probabilities[at] ?? -1, 4);
  }, 120_000);

  test('Parquet by row groups; its parts stay parts', async () => {
    const column = (name: string, data: unknown[]) => ({ name, data });
    const names = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
    const writer = new ByteWriter();
    parquetWrite({
      writer,
      rowGroupSize: 40,
      columnData: [
        column(
          'id',
          rows.map(({ id }) => id),
        ),
        ...names.map((name, at) =>
          column(
            name,
            rows.map(({ lengths }) => lengths[at]),
          ),
        ),
      ],
    });
    const run = await formats.runOn({ 'rows.parquet': writer.getBytes() });
    expect(run).toMatchObject({ state: 'COMPLETED', rowsDone: 400, rowsTotal: 400, chunksTotal: 10 });
    const [{ results = [] } = {}] = (await formats.account(run)).files;
    expect(results).toHaveLength(10);
    const found: Record<string, unknown>[] = [];
    for (const key of results) {
      const content = await formats.read(key);
      const file = content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
      found.push(...(await parquetReadObjects({ file: file as ArrayBuffer })));
    }
    const answers = await irisAnswers(400);
    expect(found.map(({ id, label, run_id }) => ({ id, label, run_id }))).toEqual(
      rows.map(({ id }, at) => ({ id, label: BigInt(answers[at]?.label ?? -1), run_id: run.run })),
    );
    expect(found[399]?.probabilities_setosa).toBeCloseTo(answers[399]?.probabilities[0] ?? -1, 6);
  }, 120_000);

  test('gzip is one', async () => {
    const run = await formats.runOn({
      'rows.csv.gz': gzipSync(irisCsv(400, (line, row) => (row === 77 ? 'flower-77' : line))),
    });
    expect(run).toMatchObject({ state: 'PARTIAL', rowsDone: 400, rowsFailed: 1, chunksTotal: 1 });
    expect(await formats.errors(run)).toMatchObject([{ row: 77, line: 78, code: 'INVALID_SHAPE' }]);
    const { files } = await formats.account(run);
    expect(files[0]?.results[0]).toMatch(/rows\.csv\.out$/);
  }, 120_000);
});

test('[4.2] [4.3] hooks read each line and make each result; one that they refuse is in the errors file', async () => {
  const lines = [1, 2, 3].map((row) => JSON.stringify({ name: idOf(row), lengths: lengthsOf(row) }));
  lines.splice(1, 0, '{"name":"nothing"}');
  const run = await hooked.runOn({ 'flowers.jsonl': `${lines.join('\n')}\n` });
  expect(run).toMatchObject({ state: 'PARTIAL', rowsDone: 4, rowsFailed: 1 });
  const results = (await hooked.results(run)).toString().trimEnd().split('\n');
  expect(results.map((line) => JSON.parse(line))).toEqual(
    [1, 2, 3].map((row) => ({
      name: idOf(row),
      answer: { name: idOf(row), species: 'setosa' },
      run_id: run.run,
      model_version: '1.0.0',
    })),
  );
  expect(await hooked.errors(run)).toMatchObject([
    { id: 'nothing', line: 2, code: 'INVALID_REQUEST', field: 'lengths', reason: 'lengths must be a list' },
  ]);
  // Nobody guesses how a CSV file would be a body.
  const table = await hooked.runOn({ 'flowers.csv': irisCsv(3) });
  expect(table).toMatchObject({ state: 'FAILED', error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  expect(table.error?.message).toContain('must be JSONL');
}, 120_000);

describe('[4.1] [4.3] files that are not what they should be', () => {
  const header = 'id,sepal_length,sepal_width,petal_length,petal_width,species\n';

  test.each<[string, string, string | Buffer, string, RegExp]>([
    ['nothing in it', 'empty.csv', '', 'INVALID_REQUEST', /the file is empty/],
    ['a column that is missing', 'rows.csv', 'id,length\na,1\n', 'MISSING_TENSOR', /no column "species".*id,length/],
    ['a delimiter of others', 'rows.csv', header.replaceAll(',', ';'), 'MISSING_TENSOR', /id;sepal_length/],
    ['gzip under another name', 'rows.csv', gzipSync(irisCsv(2)), 'INVALID_VALUE', /must end in \.gz/],
    ['another file under the name of gzip', 'rows.csv.gz', irisCsv(2), 'INVALID_REQUEST', /no whole gzip file/],
    [
      'gzip that breaks off',
      'rows.csv.gz',
      gzipSync(irisCsv(2)).subarray(0, 30),
      'INVALID_REQUEST',
      /no whole gzip file/,
    ],
    ['an ending that nobody knows', 'rows.txt', irisCsv(2), 'UNSUPPORTED_MEDIA_TYPE', /does not end in \.csv/],
  ])(
    '%s: the run has failed, and says why',
    async (_, name, content, code, message) => {
      const key = await iris.upload(`input/odd-${Math.random()}/${name}`, content);
      const run = `odd-${Date.now()}`;
      await iris.start(run, { source: key });
      const ended = await iris.ended(run, { seconds: 60 });
      expect(ended).toMatchObject({ state: 'FAILED', rowsDone: 0, error: { code } });
      expect(ended.error?.message).toMatch(message);
      expect(ended.error?.message).toContain(name);
    },
    90_000,
  );

  test('a header alone is a file of no rows, and its results are a header; a byte order mark is nothing', async () => {
    const none = await iris.runOn({ 'header.csv': header });
    expect(none).toMatchObject({ state: 'COMPLETED', rowsDone: 0, rowsTotal: 0 });
    expect((await iris.results(none)).toString()).toBe(`${RESULT_HEADER}\n`);
    const marked = await iris.runOn({ 'marked.csv': `\ufeff${irisCsv(2)}` });
    expect(marked).toMatchObject({ state: 'COMPLETED', rowsDone: 2 });
  }, 90_000);
});
