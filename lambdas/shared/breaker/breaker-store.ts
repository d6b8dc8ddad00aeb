import { type BreakerRow, type BreakerState, type Counts, NEW_ROW } from './breaker-row';

/** Where a breaker is kept. A change of the state happens only to the state that was seen. */
export interface BreakerStore {
  /**
   * Adds what was counted since the state began that was seen, forgets the steps that are over, and answers the row as
   * it is then. What was counted in a state that has ended since says nothing of this one, and is dropped.
   */
  count(seen: BreakerState, window: ReadonlyMap<number, Counts>, over: readonly number[]): Promise<BreakerRow>;
  /** Replaces the state, and forgets what was counted; answers the row as it is then, and whether it was this change. */
  replace(seen: BreakerRow, next: BreakerState): Promise<{ readonly row: BreakerRow; readonly replaced: boolean }>;
}

/** A breaker of one environment: what decides while the table does not answer. */
export class OwnBreakerStore implements BreakerStore {
  constructor(private row: BreakerRow = NEW_ROW) {}

  async count(
    { since }: BreakerState,
    window: ReadonlyMap<number, Counts>,
    over: readonly number[],
  ): Promise<BreakerRow> {
    if (since !== this.row.since) return this.row;
    const counted = new Map(this.row.window);
    for (const [step, counts] of window) counted.set(step, sum(counts, counted.get(step)));
    for (const step of over) counted.delete(step);
    this.row = { ...this.row, window: counted };
    return this.row;
  }

  async replace(seen: BreakerRow, next: BreakerState): Promise<{ row: BreakerRow; replaced: boolean }> {
    const replaced = seen.version === this.row.version;
    if (replaced) this.row = { ...next, window: new Map() };
    return { row: this.row, replaced };
  }
}

export function sum(one: Counts, other: Counts = { calls: 0, failures: 0, slow: 0 }): Counts {
  return { calls: one.calls + other.calls, failures: one.failures + other.failures, slow: one.slow + other.slow };
}
