import { type BatchService, taskOf } from '../shared/batch/batch-service';
import { endRun, type RunEnd } from '../shared/batch/end-run';
import { chunkItem, manifestKey, partKeys, planKey } from '../shared/batch/run-keys';
import { BATCH_VERSION, type Chunk, type ModelIdentity, type Run, type RunState } from '../shared/contract';
import { ServingError } from '../shared/errors';
import { assembleFile, type EndedChunk, type FileAccount, isDone } from './assemble-file';

/** The last step of an execution. */
export interface AssembleEvent {
  readonly run: string;
  readonly attempt: number;
  readonly stateMachine: string;
  /** What Step Functions says where a step before failed. */
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
}

/** What is beside the results: what the run was, and what came of it. */
export interface RunAccount {
  readonly v: typeof BATCH_VERSION;
  readonly run: string;
  readonly service: string;
  readonly state: RunState;
  readonly attempt: number;
  readonly trigger: Run['trigger'];
  readonly from: string;
  readonly to: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly rows: number;
  readonly failed: number;
  readonly missing: number;
  /** Everyone who answered: more than one where a release came between. */
  readonly models: readonly ModelIdentity[];
  readonly files: readonly FileAccount[];
}

/** Puts the results together, writes the account of the run and ends it. */
export async function assembleRun(event: AssembleEvent, service: BatchService): Promise<{ readonly state: RunState }> {
  const { attempt, run: name } = event;
  const { table } = service;
  const run = await table.assembling(name, attempt);
  // Somebody stopped it, or an answer of this step got lost.
  if (!run) return { state: (await table.run(name))?.state ?? 'FAILED' };
  const end = await outcomeOf(run, event, service);
  const ended = await endRun(run, end, taskOf(service, event.stateMachine));
  return { state: ended?.state ?? end.state };
}

async function outcomeOf(run: Run, { failure }: AssembleEvent, service: BatchService): Promise<RunEnd> {
  const { env, output, table } = service;
  const { error, planKey: key, run: name } = run;
  if (!key || run.chunksTotal === undefined) {
    const message = `there was no plan: ${failure?.Cause?.slice(0, 300) ?? failure?.Error ?? 'unknown'}`;
    return { state: 'FAILED', error: error ?? { code: 'INTERNAL', message } };
  }
  const rows = new Map((await table.chunks(name)).map((row) => [row.item, row]));
  const chunks = (JSON.parse((await output.get(key)).toString()) as Chunk[]).map(
    (chunk): EndedChunk => ({ chunk, row: rows.get(chunkItem(chunk.index)) }),
  );
  const files: FileAccount[] = [];
  for (const own of byFile(chunks)) files.push(await assembleFile(name, own, service));
  const judged = judge(chunks, files, env.settings.toleratedFailurePercentage);
  const accountKey = manifestKey(env.settings, name);
  await output.put(
    accountKey,
    JSON.stringify(accountOf(run, judged.state, chunks, files, service), null, 2),
    'application/json',
  );
  if (chunks.every(isDone)) await removeWork(name, chunks, service);
  return { ...judged, error: judged.error ?? error, manifestKey: accountKey };
}

function byFile(chunks: readonly EndedChunk[]): EndedChunk[][] {
  const files = new Map<string, EndedChunk[]>();
  for (const each of chunks) files.set(each.chunk.key, [...(files.get(each.chunk.key) ?? []), each]);
  return [...files.values()];
}

/** COMPLETED without a failure, PARTIAL with as many as are tolerated, FAILED with more or with no result at all. */
function judge(chunks: readonly EndedChunk[], files: readonly FileAccount[], tolerated: number): RunEnd {
  const total = (of: (file: FileAccount) => number) => files.reduce((sum, file) => sum + of(file), 0);
  const [rows, failed, missing] = [
    total((file) => file.rows),
    total((file) => file.failed),
    total((file) => file.missing),
  ];
  const open = chunks.filter((each) => !isDone(each));
  if (failed === 0 && open.length === 0) return { state: 'COMPLETED' };
  // Where nobody has counted the rows of a mini-job it counts as its share of all.
  const uncounted = open.filter(({ chunk }) => chunk.rows === undefined).length / chunks.length;
  const share = 100 * Math.min(1, (failed + missing) / Math.max(1, rows + missing) + uncounted);
  const reason = open.find(({ row }) => row?.error)?.row?.error?.message;
  const what = `${failed} rows are bad, ${open.length} mini-jobs of ${chunks.length} were not done${reason ? ` (${reason})` : ''}`;
  if (share <= tolerated)
    return { state: 'PARTIAL', error: open.length > 0 ? { code: 'INTERNAL', message: what } : undefined };
  const message = `${what}: ${share.toFixed(2)} % of the rows, over the ${tolerated} % that are tolerated`;
  return { state: 'FAILED', error: { code: 'INTERNAL', message } };
}

function accountOf(
  run: Run,
  state: RunState,
  chunks: readonly EndedChunk[],
  files: readonly FileAccount[],
  { env }: BatchService,
): RunAccount {
  const models = new Map(chunks.flatMap(({ row }) => (row?.model ? [[row.model.revision, row.model]] : [])));
  const total = (of: (file: FileAccount) => number) => files.reduce((sum, file) => sum + of(file), 0);
  return {
    v: BATCH_VERSION,
    run: run.run,
    service: env.service,
    state,
    attempt: run.attempt,
    trigger: run.trigger,
    from: run.from,
    to: run.to,
    startedAt: new Date(run.startedAt).toISOString(),
    endedAt: new Date().toISOString(),
    rows: total(({ rows }) => rows),
    failed: total(({ failed }) => failed),
    missing: total(({ missing }) => missing),
    models: [...models.values()],
    files,
  };
}

const AT_ONCE = 16;

/** What was only there to put the results together. Where a mini-job is not done, a resumed run needs it. */
async function removeWork(
  run: string,
  chunks: readonly EndedChunk[],
  { env, log, output }: BatchService,
): Promise<void> {
  const { settings } = env;
  const keys = chunks.flatMap(({ chunk, row }) => {
    const { errors, results } = partKeys(settings, run, chunk);
    return [...(chunk.format !== 'parquet' && row?.outputBytes ? [results] : []), ...(row?.errorBytes ? [errors] : [])];
  });
  keys.push(planKey(settings, run));
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    await Promise.all(keys.slice(start, start + AT_ONCE).map((key) => output.delete(key))).catch((error: unknown) => {
      if (!(error instanceof ServingError)) throw error;
      // They cost a little, and say nothing that is wrong.
      log.event('work_left', { run, reason: error.message });
    });
  }
}
