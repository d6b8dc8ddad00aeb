import {
  ACTIVE_STATES,
  BATCH_VERSION,
  type ChunkRow,
  type ChunkTask,
  type ErrorBody,
  type ModelIdentity,
  RESUMABLE_STATES,
  RUN_TABLE,
  type Run,
  type RunState,
} from '../contract';
import { chunkItem } from './run-keys';
import type { RunRows } from './run-rows';

/** What becomes known of a run when it is planned. */
export type RunPlan = Pick<Run, 'rowsTotal' | 'rowsEstimated' | 'chunksTotal' | 'files' | 'planKey'>;

/** What a mini-job came to. */
export interface ChunkResult {
  readonly rows: number;
  readonly failed: number;
  readonly lines: number;
  readonly outputBytes: number;
  readonly errorBytes: number;
  readonly model: ModelIdentity;
}

/** Which begin of the run, and which round of it: later is more. */
export const turnOf = ({ attempt, round }: Pick<ChunkTask, 'attempt' | 'round'>): number => attempt * 1000 + round;

/**
 * Every change of a run and of its mini-jobs that there is. Each is one conditional update, so that whoever comes second is
 * refused by the table. A refused one answers undefined.
 */
export class RunTable {
  constructor(private readonly rows: RunRows) {}

  run(run: string): Promise<Run | undefined> {
    return this.rows.get({ run, item: RUN_TABLE.run });
  }

  add(run: Omit<Run, 'v' | 'item' | 'kind' | 'rowsDone' | 'rowsFailed' | 'chunksDone'>): Promise<Run | undefined> {
    const counts = { rowsDone: 0, rowsFailed: 0, chunksDone: 0 };
    return this.rows.add<Run>({ v: BATCH_VERSION, item: RUN_TABLE.run, kind: 'run', ...counts, ...run });
  }

  /** An execution begins to work on it. The same execution may say so again. */
  begin(
    run: string,
    change: Pick<Run, 'execution' | 'begunAt' | 'deadlineAt'> & { attempt: number },
  ): Promise<Run | undefined> {
    const set = { ...change, state: 'PLANNING', endedAt: undefined, error: undefined };
    return this.#change(run, set, ({ is, oneOf }) => {
      const waiting = `${oneOf('state', ['QUEUED', ...RESUMABLE_STATES])} AND ${is('attempt', change.attempt - 1)}`;
      return `(${waiting}) OR (${is('state', 'PLANNING')} AND ${is('execution', change.execution)})`;
    });
  }

  planned(run: string, attempt: number, plan: RunPlan): Promise<Run | undefined> {
    return this.#change(run, { ...plan, state: 'RUNNING' }, ({ is, oneOf }) => {
      return `${oneOf('state', ['PLANNING', 'RUNNING'])} AND ${is('attempt', attempt)}`;
    });
  }

  assembling(run: string, attempt: number): Promise<Run | undefined> {
    return this.#change(run, { state: 'ASSEMBLING' }, ({ is, oneOf }) => {
      return `${oneOf('state', ACTIVE_STATES)} AND ${is('attempt', attempt)}`;
    });
  }

  /** Of its error only what a later one does not replace. */
  failing(run: string, attempt: number, error: ErrorBody): Promise<Run | undefined> {
    return this.#change(
      run,
      { error },
      ({ is, oneOf }) => `${oneOf('state', ACTIVE_STATES)} AND ${is('attempt', attempt)}`,
    );
  }

  end(
    run: string,
    attempt: number,
    end: Partial<Run> & { state: RunState; endedAt: number },
  ): Promise<Run | undefined> {
    return this.#change(run, end, ({ is, oneOf }) => {
      return `${oneOf('state', ['QUEUED', ...ACTIVE_STATES])} AND ${is('attempt', attempt)}`;
    });
  }

  /** It waits for its turn, to be begun once more. */
  requeue(run: string, attempt: number): Promise<Run | undefined> {
    return this.#change(run, { state: 'QUEUED' }, ({ is, oneOf }) => {
      return `${oneOf('state', ['QUEUED', ...RESUMABLE_STATES])} AND ${is('attempt', attempt)}`;
    });
  }

  // --- Mini-jobs ---

  chunks(run: string): Promise<ChunkRow[]> {
    return this.rows.of(run, RUN_TABLE.chunk);
  }

  /** Undefined where it is done: nothing is predicted twice, unless the whole run is tried again. */
  beginChunk(task: ChunkTask, ttl: number): Promise<ChunkRow | undefined> {
    const turn = turnOf(task);
    return this.rows.update<ChunkRow>(keyOf(task), {
      set: { state: 'RUNNING', turn, ttl },
      add: { tries: 1 },
      when: ({ absent, before, is }) => {
        const open = `${absent('state')} OR ${is('state', 'RUNNING')}`;
        return task.round === 0 ? open : `${open} OR ${before('turn', turn)}`;
      },
    });
  }

  /** Counts its rows, once: the mini-job and the run change together. False where somebody else has done it. */
  finishChunk(task: ChunkTask, begun: ChunkRow, result: ChunkResult): Promise<boolean> {
    const { run, attempt } = task;
    const first = begun.rows === undefined;
    const counted = {
      rowsDone: result.rows - (begun.rows ?? 0),
      rowsFailed: result.failed - (begun.failed ?? 0),
      chunksDone: first ? 1 : 0,
    };
    return this.rows.updateBoth([
      [
        keyOf(task),
        {
          set: { ...result, state: 'DONE', error: undefined },
          when: ({ is }) => `${is('state', 'RUNNING')} AND ${is('turn', begun.turn)}`,
        },
      ],
      [
        { run, item: RUN_TABLE.run },
        { set: { model: result.model }, add: counted, when: ({ is }) => is('attempt', attempt) },
      ],
    ]);
  }

  /** Why a try of a mini-job failed, for the account of the run. */
  failChunk(task: ChunkTask, error: ErrorBody): Promise<ChunkRow | undefined> {
    return this.rows.update<ChunkRow>(keyOf(task), { set: { error }, when: ({ is }) => is('state', 'RUNNING') });
  }

  #change(run: string, set: Readonly<Record<string, unknown>>, when: Parameters<RunRows['update']>[1]['when']) {
    return this.rows.update<Run>({ run, item: RUN_TABLE.run }, { set, when });
  }
}

function keyOf({ chunk, run }: ChunkTask) {
  return { run, item: chunkItem(chunk.index) };
}
