import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { BatchService } from './batch/batch-service';
import { idOf, irisAnswers, irisCsv, RESULT_HEADER, resultLine } from './batch/iris-rows';
import { deployApp } from './emulator';

const target = inject('target');
/** The full count belongs to `npm run test:soak`. */
const ROWS = process.env.SOAK ? 1_000_000 : 20_000;
const CHUNK_ROWS = process.env.SOAK ? 100_000 : 2000;

let iris: BatchService;
let nightly: BatchService;
beforeAll(async () => {
  const variables = { CHUNK_ROWS: `${CHUNK_ROWS}` };
  const { BatchServices = {} } = await deployApp({ target, folder: inject('folder') }, 'batch', variables);
  iris = new BatchService(target, BatchServices, 'Iris');
  nightly = new BatchService(target, BatchServices, 'Nightly');
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
void nightly;
void gzipSync;
void describe;
