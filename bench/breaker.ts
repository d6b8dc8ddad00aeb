import type { Result } from './result';
import { sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { modelNamed, runSubject } from './subject';

/** A call through a closed breaker against the call alone, with a table that answers at once. */
export async function breaker({ quick }: BenchOptions): Promise<Result> {
  const { report } = await runSubject('breaker', [quick ? '2' : '9'], modelNamed('iris'));
  const medians = Object.entries(report as Record<string, number[]>).map(
    ([name, values]) => [name, sampleOf(values)] as const,
  );
  const of = (name: string) => medians.find(([each]) => each === name)?.[1].median ?? Number.NaN;
  return {
    name: 'breaker',
    tables: [
      {
        title: 'A call through a closed breaker (us; median of rounds)',
        columns: ['', 'median', 'min', 'max'],
        rows: medians.map(([name, { median, min, max }]) => [name, median, min, max]),
      },
    ],
    targets: [{ what: 'guarded above the call alone', value: of('guarded') - of('alone'), target: 20, unit: 'us' }],
  };
}
