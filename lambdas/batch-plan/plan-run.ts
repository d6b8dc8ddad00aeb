import type { BatchService } from '../shared/batch/batch-service';
import { chunkItem, planKey } from '../shared/batch/run-keys';
import type { RunPlan } from '../shared/batch/run-table';
import { BATCH_VERSION, type Chunk, type Run } from '../shared/contract';
import { asServingError, quote, reasonOf, ServingError } from '../shared/errors';
import { type CutFile, cutFile } from './cut-file';
import { findFiles, type InputFile } from './find-files';

/** The step of an execution that says what there is to do. */
export interface PlanEvent {
  readonly run: string;
  readonly attempt: number;
}

/** What Step Functions goes on with. */
export interface Planned extends PlanEvent {
  /** Mini-jobs that are to be done. */
  readonly chunks: number;
  /** Bucket and key of the list of them. */
  readonly bucket: string;
  readonly key: string;
}

/** The output of a Distributed Map is a list with a few bytes of each, and may have 256 KiB. */
const MOST_CHUNKS = 40_000;

/** Cuts the input into mini-jobs, or finds those that an attempt before has left. */
export async function planRun({ attempt, run: name }: PlanEvent, service: BatchService): Promise<Planned> {
  const { env, log, output, table } = service;
  const started = performance.now();
  const run = await table.run(name);
  if (!run) throw new ServingError('NOT_FOUND', `there is no run ${name}`);
  const list = { bucket: output.bucket, key: planKey(env.settings, name, attempt) };
  try {
    const { chunks, plan } = run.planKey ? await leftOf(run, service) : await cutAll(run, service);
    await output.put(list.key, JSON.stringify(chunks), 'application/json');
    if (!(await table.planned(name, attempt, plan))) {
      throw new ServingError('CONFLICT', `the run ${name} is not that of this execution any more`);
    }
    const details = {
      files: plan.files,
      chunks: chunks.length,
      rows: plan.rowsTotal,
      planMs: performance.now() - started,
    };
    log.event('run_planned', { model: run.modelName, run: name, attempt, ...details });
    return { run: name, attempt, chunks: chunks.length, ...list };
  } catch (error) {
    const { code, message, status } = asServingError(error);
    log.event('plan_failed', { model: run.modelName, run: name, attempt, code, reason: reasonOf(error) });
    // What a later try finds again is an answer; the last step ends the run with it.
    if (status >= 500 && code !== 'NOT_IMPLEMENTED') throw error;
    await table.failing(name, attempt, { code, message });
    return { run: name, attempt, chunks: 0, ...list };
  }
}

async function cutAll(run: Run, { env, input, manifest, output }: BatchService) {
  const { settings } = env;
  const files = await findFiles(run, settings, input, input.bucket === output.bucket);
  const chunks: Chunk[] = [];
  const cuts: CutFile[] = [];
  for (const file of files) {
    const cut = await cutFile(input.open(file), file, { manifest, settings }).catch((error) => blame(file, error));
    cuts.push(cut);
    for (const each of cut.cuts) chunks.push({ v: BATCH_VERSION, index: chunks.length, ...each });
    if (chunks.length > MOST_CHUNKS) {
      const message = `there are more than ${MOST_CHUNKS} mini-jobs; raise chunkSize and chunkRows, or name fewer files`;
      throw new ServingError('PAYLOAD_TOO_LARGE', message);
    }
  }
  const key = planKey(settings, run.run);
  await output.put(key, JSON.stringify(chunks), 'application/json');
  const known = cuts.every(({ rows }) => rows !== undefined);
  const plan: RunPlan = {
    files: files.length,
    chunksTotal: chunks.length,
    planKey: key,
    rowsTotal: known ? cuts.reduce((sum, { rows = 0 }) => sum + rows, 0) : undefined,
    rowsEstimated: known && cuts.some(({ estimated }) => estimated) ? true : undefined,
  };
  return { chunks, plan };
}

/** What is done stays done: an attempt gets what is left. */
async function leftOf(run: Run, { output, table }: BatchService) {
  const { chunksTotal, files, planKey: key = '', rowsEstimated, rowsTotal } = run;
  const all: Chunk[] = JSON.parse((await output.get(key)).toString());
  const done = new Set((await table.chunks(run.run)).filter(({ state }) => state === 'DONE').map(({ item }) => item));
  const chunks = all.filter(({ index }) => !done.has(chunkItem(index)));
  return { chunks, plan: { chunksTotal, files, planKey: key, rowsEstimated, rowsTotal } };
}

function blame({ key }: InputFile, error: unknown): never {
  if (!(error instanceof ServingError) || error.status >= 500) throw error;
  throw new ServingError(error.code, `${quote(key)}: ${error.message}`, { field: error.field, cause: error });
}
