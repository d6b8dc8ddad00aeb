import type { BreakerSettings } from '../contract';
import {
  type BreakerRow,
  type BreakerState,
  type Counts,
  countsWithin,
  NEW_ROW,
  stepOf,
  WINDOW_STEPS,
} from './breaker-row';
import { type BreakerStore, OwnBreakerStore, sum } from './breaker-store';
import { CLOCKS_MS, decide, opened, probed, probeEnded, trips } from './transitions';

/** Leave to ask the predictor, or none. */
export type Permit =
  | { readonly kind: 'call'; readonly at: number }
  | { readonly kind: 'probe'; readonly at: number; readonly probe: string }
  | { readonly kind: 'refused'; readonly retryAfterMs: number };

/** How a call ended, as far as it says something about the predictor; `unknown` does not. */
export interface CallEnd {
  readonly failed: boolean;
  readonly slow: boolean;
}
export type Ended = CallEnd | 'unknown';

/** What happened to the breaker, said by the one environment that did it. */
export type BreakerEvent = 'opened' | 'probing' | 'closed';

export interface BreakerWiring {
  readonly store: BreakerStore;
  readonly settings: BreakerSettings;
  readonly tell: (event: BreakerEvent, details?: Readonly<Record<string, unknown>>) => void;
  readonly now?: () => number;
  /** How long a view of the row is good enough to decide by. */
  readonly viewMs?: number;
}

/** An environment looks at the row at most once in so many milliseconds while all is well. */
const VIEW_MS = 1000;

/**
 * One environment's hand on the breaker. Between two looks it decides by its view of the row, so that a call costs no
 * round trip; failures are told at once, successes with the next look.
 */
export class Breaker {
  #view: BreakerRow = NEW_ROW;
  #viewedAt = Number.NEGATIVE_INFINITY;
  #untold = new Map<number, Counts>();
  /** What decides while the store does not answer. */
  #own?: BreakerStore;
  readonly #now: () => number;

  constructor(private readonly wiring: BreakerWiring) {
    this.#now = wiring.now ?? Date.now;
  }

  /** Whether a call may be made. What is granted must be followed by `ended`. */
  async permit(): Promise<Permit> {
    if (this.#now() - this.#viewedAt >= (this.wiring.viewMs ?? VIEW_MS)) await this.#look();
    // Every turn shows a row that another environment changed since.
    for (let turn = 0; turn < 3; turn++) {
      const at = this.#now();
      const decision = decide(this.#view, at, this.wiring.settings);
      if (decision.kind === 'call') return { kind: 'call', at };
      if (decision.kind === 'refuse') return { kind: 'refused', retryAfterMs: decision.retryAfterMs };
      const probe = crypto.randomUUID();
      if (await this.#replace((row) => probed(row, probe, at, this.wiring.settings))) {
        this.wiring.tell('probing');
        return { kind: 'probe', at, probe };
      }
    }
    return { kind: 'refused', retryAfterMs: 1000 };
  }

  async ended(permit: Permit, end: Ended): Promise<void> {
    if (permit.kind === 'probe') return this.#probeEnded(permit.probe, end);
    if (permit.kind === 'refused' || end === 'unknown') return;
    // What was asked before it opened or closed says nothing of what is now; a moment to come is of another clock.
    const { since, state } = this.#view;
    if (state === 'OPEN' || (permit.at < since && since <= this.#now() + CLOCKS_MS)) return;
    const step = stepOf(this.#now(), this.wiring.settings);
    const counts = { calls: 1, failures: end.failed ? 1 : 0, slow: end.slow ? 1 : 0 };
    this.#untold.set(step, sum(counts, this.#untold.get(step)));
    if (end.failed || end.slow) await this.#look();
  }

  /** Tells what was counted, sees the row, and opens the breaker where that is too much. */
  async #look(): Promise<void> {
    const oldest = stepOf(this.#now(), this.wiring.settings) - WINDOW_STEPS;
    for (const step of this.#untold.keys()) if (step <= oldest) this.#untold.delete(step);
    const told = this.#untold;
    this.#untold = new Map();
    const over = [...this.#view.window.keys()].filter((step) => step <= oldest);
    this.#see(await this.#kept((store) => store.count(this.#view, told, over)));
    if (!trips(this.#view, this.#now(), this.wiring.settings)) return;
    const { calls, failures, slow } = countsWithin(this.#view, this.#now(), this.wiring.settings);
    if (await this.#replace((row) => opened(row, this.#now(), this.wiring.settings))) {
      this.wiring.tell('opened', { calls, failures, slow });
    }
  }

  async #probeEnded(probe: string, end: Ended): Promise<void> {
    const outcome = end === 'unknown' ? end : end.failed || end.slow ? 'failed' : 'passed';
    for (let turn = 0; turn < 3; turn++) {
      // Its lease is over and another one probes, or an operator decided.
      if (this.#view.probe !== probe) return;
      const next = probeEnded(this.#view, outcome, this.#now(), this.wiring.settings);
      if (await this.#replace(() => next)) {
        if (next.state === 'CLOSED') this.wiring.tell('closed');
        else if (outcome === 'failed') this.wiring.tell('opened', { probe: 'failed' });
        return;
      }
    }
  }

  async #replace(next: (row: BreakerRow) => BreakerState): Promise<boolean> {
    const { replaced, row } = await this.#kept((store) => store.replace(this.#view, next(this.#view)));
    this.#see(row);
    return replaced;
  }

  #see(row: BreakerRow): void {
    if (row.since !== this.#view.since) this.#untold = new Map();
    this.#view = row;
    this.#viewedAt = this.#now();
  }

  /** Where the store does not answer, a breaker of one's own goes on from what was seen last. */
  async #kept<Result>(act: (store: BreakerStore) => Promise<Result>): Promise<Result> {
    try {
      const result = await act(this.wiring.store);
      this.#own = undefined;
      return result;
    } catch {
      this.#own ??= new OwnBreakerStore(this.#view);
      return act(this.#own);
    }
  }
}
