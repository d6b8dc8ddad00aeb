import { BATCH_VERSION, RUN_TABLE } from '../contract';
import { ServingError } from '../errors';
import type { RunRows } from './run-rows';

/** Which run goes, and which ones wait. */
export interface Turn {
  readonly v: typeof BATCH_VERSION;
  readonly run: string;
  readonly item: string;
  readonly version: number;
  readonly holder?: string;
  readonly waiting: readonly string[];
  /** When a run completed last, or when somebody looked first. Epoch milliseconds. */
  readonly completedAt: number;
}

const KEY = { run: RUN_TABLE.turn, item: RUN_TABLE.turn };
const ATTEMPTS = 20;

/** One run of a service goes at a time. Who has the turn is one row, which is changed only as it was read. */
export class Turns {
  constructor(private readonly rows: RunRows) {}

  async read(): Promise<Turn> {
    const found = await this.rows.get<Turn>(KEY);
    if (found) return found;
    await this.rows.add<Turn>({ v: BATCH_VERSION, ...KEY, version: 0, waiting: [], completedAt: Date.now() });
    return this.read();
  }

  /** Whether the run has the turn now: it was nobody's, or its own. */
  async take(run: string): Promise<boolean> {
    const turn = await this.#change(({ holder, waiting }) =>
      holder === undefined || holder === run
        ? { holder: run, waiting: waiting.filter((each) => each !== run) }
        : undefined,
    );
    return turn.holder === run;
  }

  async wait(run: string): Promise<void> {
    await this.#change(({ holder, waiting }) =>
      holder === run || waiting.includes(run) ? undefined : { holder, waiting: [...waiting, run] },
    );
  }

  /** The turn goes to the run that waits longest, which is answered. */
  async release(run: string, completedAt?: number): Promise<string | undefined> {
    let passed = false;
    const turn = await this.#change(({ holder, waiting, ...before }) => {
      passed = holder === run;
      if (!passed) return undefined;
      const [next, ...rest] = waiting;
      return { holder: next, waiting: rest, completedAt: completedAt ?? before.completedAt };
    });
    return passed ? turn.holder : undefined;
  }

  async #change(to: (turn: Turn) => Partial<Turn> | undefined): Promise<Turn> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const turn = await this.read();
      const set = to(turn);
      if (!set) return turn;
      const version = turn.version + 1;
      const changed = await this.rows.update<Turn>(KEY, {
        set: { ...set, version },
        when: ({ is }) => is('version', turn.version),
      });
      if (changed) return changed;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    }
    throw new ServingError('UNAVAILABLE', 'Too many runs begin or end at the same moment.');
  }
}
