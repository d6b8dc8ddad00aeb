/** Several values of one thing. */
export interface Sample {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function sampleOf(values: readonly number[]): Sample {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/**
 * Measures every subject once a round, in turn: what else the machine does then weighs on all alike. The first round
 * warms the page cache and is dropped.
 */
export async function interleave<Measured>(
  rounds: number,
  subjects: Readonly<Record<string, () => Promise<Measured>>>,
): Promise<Record<string, Measured[]>> {
  const values: Record<string, Measured[]> = {};
  for (let round = -1; round < rounds; round++) {
    for (const [name, measure] of Object.entries(subjects)) {
      const value = await measure();
      if (round < 0) continue;
      values[name] ??= [];
      values[name].push(value);
    }
  }
  return values;
}
