import type { Result } from './result';
import { sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { modelNamed, runSubject } from './subject';

/** JSON tensors 3x224x224 in and 1,000 values out, against the least code that could do it. */
export async function codec({ quick }: BenchOptions): Promise<Result> {
  const { report } = await runSubject('codec', [quick ? '2' : '9'], modelNamed('iris'));
  const medians = Object.entries(report as Record<string, number[]>).map(
    ([name, values]) => [name, sampleOf(values)] as const,
  );
  const of = (name: string) => medians.find(([each]) => each === name)?.[1].median ?? Number.NaN;
  const ratio = (what: string, least: string) => of(`${what}: ours`) / of(`${what}: ${least}`);
  return {
    name: 'codec',
    tables: [
      {
        title: 'A tensor 3x224x224 in, 1,000 values out (us; median of rounds)',
        columns: ['', 'median', 'min', 'max'],
        rows: medians.map(([name, { median, min, max }]) => [name, median, min, max]),
      },
    ],
    targets: [
      { what: 'flat JSON in, ours / least', value: ratio('flat', 'JSON.parse + typed copy'), target: 1.15, unit: 'x' },
      {
        what: 'nested JSON in, ours / least',
        value: ratio('nested', 'JSON.parse + typed copy'),
        target: 1.15,
        unit: 'x',
      },
      { what: 'base64 in, ours / least', value: ratio('raw', 'base64 decode'), target: 1.2, unit: 'x' },
      {
        what: '1,000 values out, ours / JSON.stringify',
        value: ratio('out', 'JSON.stringify(Array.from)'),
        target: 1,
        unit: 'x',
      },
    ],
  };
}
