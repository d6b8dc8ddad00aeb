/**
 * A mini-job in one process, from a file to a file: `batch-worker.mjs IN OUT`. Its seconds and its peak memory to
 * descriptor 3. The model is loaded before, as in a function.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { predictChunk } from '../../lambdas/batch-worker/predict-chunk';
import { createService } from '../../lambdas/predict/service';
import type { ByteSink } from '../../lambdas/shared/batch/object-writer';
import type { BatchSettings } from '../../lambdas/shared/contract';
import { createOnnxSession } from '../../lambdas/shared/session/onnxruntime';
import { peakBytes } from '../peak-memory';

const [source = '', target = ''] = process.argv.slice(2);
const input = openSync(source, 'r');
const bytes = fstatSync(input).size;

function fileSink(file: string): ByteSink {
  const open = openSync(file, 'w');
  let written = 0;
  return {
    write: async (content) => {
      written += writeSync(open, content);
    },
    close: async () => {
      closeSync(open);
      return written;
    },
    abort: async () => closeSync(open),
  };
}

async function read(start: number, end: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(end - start);
  return content.subarray(0, readSync(input, content, 0, content.length, start));
}

const settings: BatchSettings = {
  ...{ input: 'input/', inputPrefix: 'input/', outputPrefix: 'output/', delimiter: ',', multiline: true },
  // As a batch of this model has it.
  ...{ idColumn: 'id', joinColumns: ['species'], rowsPerRun: 1024, chunkRows: 1e9, chunkBytes: 1e12 },
  ...{
    toleratedFailurePercentage: 0,
    overlap: 'refuse',
    timeZone: 'UTC',
    daysBack: 0,
    deadlineMs: 1e9,
    retentionMs: 1e9,
  },
};

const nowhere = openSync('/dev/null', 'a');
const { models } = createService({
  env: process.env,
  handlerDir: process.cwd(),
  createSession: createOnnxSession,
  write: (line) => writeSync(nowhere, line),
});
await models.load();
const header = (await read(0, 4096)).indexOf(10) + 1;
const chunk = {
  v: 1,
  index: 0,
  key: source,
  etag: '',
  format: 'csv',
  start: header,
  end: bytes,
  firstRow: 1,
  firstLine: 2,
} as const;
const before = process.cpuUsage();
const report = await predictChunk(
  { run: 'bench', chunk, settings, models, deadlineMs: Date.now() + 3_600_000 },
  { input: { bytes, read }, results: fileSink(target), errors: fileSink(`${target}.errors`) },
);
// CPU time of all threads: what else the machine does weighs less on it than on the clock.
const { system, user } = process.cpuUsage(before);
const seconds = (system + user) / 1e6;
writeSync(
  3,
  JSON.stringify({
    seconds,
    rows: report.rows,
    failed: report.failed,
    peakBytes: peakBytes(),
  }),
);
