import type { Result } from './result';
import { sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { modelNamed, runSubject } from './subject';

/** A hit from event to answer, with a table that answers at once: what our own code adds to a lookup. */
export async function cache({ quick }: BenchOptions): Promise<Result> {
  const { report } = await runSubject('cache', [quick ? '2' : '9'], modelNamed('iris'));
  const medians = Object.entries(report as Record<string, number[]>).map(
    ([name, values]) => [name, sampleOf(values)] as const,
  );
  const of = (name: string) => medians.find(([each]) => each === name)?.[1].median ?? Number.NaN;
  return {
    name: 'cache',
    tables: [
      {
        title: 'A hit of a prediction cache, one row of iris as JSON (us; median of rounds)',
        columns: ['', 'median', 'min', 'max'],
        rows: medians.map(([name, { median, min, max }]) => [name, median, min, max]),
      },
    ],
    targets: [
      {
        what: 'hit above the lookup alone',
        value: of('hit in the table') - of('lookup alone'),
        target: 100,
        unit: 'us',
      },
      { what: 'hit in memory', value: of('hit in memory'), target: 100, unit: 'us' },
    ],
  };
}
