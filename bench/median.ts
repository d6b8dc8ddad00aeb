/** Median time of a call in a loop, after as many calls again that warm it up. */
export async function medianUs(count: number, call: () => unknown): Promise<number> {
  const times = new Float64Array(count);
  for (let i = -count; i < count; i++) {
    const started = performance.now();
    await call();
    if (i >= 0) times[i] = performance.now() - started;
  }
  return (times.sort()[count >> 1] as number) * 1000;
}
