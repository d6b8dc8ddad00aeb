import { ObjectWriter } from '../shared/batch/object-writer';
import { partKeys } from '../shared/batch/run-keys';
import { BATCH_METRICS, type ChunkRow, type ChunkTask } from '../shared/contract';
import { asServingError, reasonOf } from '../shared/errors';
import { type ChunkReport, predictChunk } from './predict-chunk';
import type { BatchWorker } from './service';

/** Kept of the invocation for writing down what came of it. */
const RESERVE_MS = 2000;

/**
 * A mini-job: it is begun, predicted and written, and then counts, once. One that is done already, or that belongs to a run
 * that was stopped or begun again since, does nothing.
 *
 * @param endsAt when AWS Lambda ends this invocation, in epoch milliseconds
 */
export async function workChunk(task: ChunkTask, worker: BatchWorker, endsAt: number): Promise<object> {
  const run = await worker.table.run(task.run);
  if (run?.state !== 'RUNNING' || run.attempt !== task.attempt) return {};
  const begun = await worker.table.beginChunk(task, run.ttl);
  if (!begun) return {};
  const started = performance.now();
  try {
    const report = await predict(task, worker, endsAt);
    const first = await worker.table.finishChunk(task, begun, report.result);
    log(task, begun, report, { first, ms: performance.now() - started }, worker);
    return {};
  } catch (error) {
    await failed(task, begun, error, worker);
    throw error;
  }
}

async function predict(task: ChunkTask, worker: BatchWorker, endsAt: number) {
  const { chunk, run } = task;
  const { settings } = worker.env;
  const keys = partKeys(settings, run, chunk);
  const { etag, key } = chunk;
  // How large the object is only tells a file that is read by bytes to the end.
  const bytes =
    chunk.gzip || chunk.firstRow === undefined || chunk.format === 'parquet' ? await sizeOf(key, worker) : chunk.end;
  const results = new ObjectWriter(worker.output, keys.results);
  const errors = new ObjectWriter(worker.output, keys.errors, 'application/x-ndjson');
  try {
    const context = { run, chunk, settings, models: worker.models, deadlineMs: endsAt - RESERVE_MS };
    const { modelLatencyMs, ...result }: ChunkReport = await predictChunk(context, {
      input: worker.input.open({ key, etag, bytes }),
      results,
      errors,
    });
    return { modelLatencyMs, result };
  } catch (error) {
    await Promise.all([results.abort(), errors.abort()]);
    throw error;
  }
}

async function sizeOf(key: string, { input }: BatchWorker): Promise<number> {
  return (await input.head(key))?.bytes ?? 0;
}

function log(
  { attempt, chunk, round, run }: ChunkTask,
  { tries }: ChunkRow,
  { modelLatencyMs, result }: Awaited<ReturnType<typeof predict>>,
  { first, ms }: { readonly first: boolean; readonly ms: number },
  worker: BatchWorker,
): void {
  const { failed: bad, model, rows } = result;
  const details = { model: model.name, version: model.version, revision: model.revision, run, attempt, round };
  worker.log.event('chunk_done', { ...details, chunk: chunk.index, tries, counted: first }, [
    [BATCH_METRICS.rows, rows - bad],
    [BATCH_METRICS.rowsFailed, bad],
    [BATCH_METRICS.chunkLatency, ms],
    [BATCH_METRICS.chunkModelLatency, modelLatencyMs],
  ]);
}

async function failed(task: ChunkTask, { tries }: ChunkRow, error: unknown, worker: BatchWorker): Promise<void> {
  const { code, message } = asServingError(error);
  const details = { model: worker.model, run: task.run, attempt: task.attempt, chunk: task.chunk.index, tries, code };
  worker.log.event('chunk_failed', { ...details, reason: reasonOf(error) }, [[BATCH_METRICS.chunkFailures, 1]]);
  // Only for the account of the run: the row says what it said before.
  await worker.table.failChunk(task, { code, message }).catch(() => undefined);
}
