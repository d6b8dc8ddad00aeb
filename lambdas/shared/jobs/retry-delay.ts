/** Longest pause before the next try. */
const SLOWEST_RETRY_MS = 60_000;

/** Pause before the next try, twice as long after each: a second after the first. */
export function retryDelayMs(tries: number): number {
  return Math.min(1000 * 2 ** (tries - 1), SLOWEST_RETRY_MS);
}
