import { inferEvent } from '../test/runtime/events';
import type { Result } from './result';
import type { BenchOptions } from './run';
import { modelNamed, runSubject } from './subject';

const MB = 1e6;

/** What stays on the heap, after a full collection, while one environment answers many requests. */
export async function memory({ quick }: BenchOptions): Promise<Result> {
  const count = quick ? 10_000 : 100_000;
  const { name, input, shape, values, settings } = modelNamed('iris');
  const event = inferEvent(name, { inputs: [{ name: input, datatype: 'FP32', shape, data: values }] });
  const options = { settings, nodeOptions: ['--expose-gc'] };
  const { report } = await runSubject('loop-handler', ['index.mjs', JSON.stringify(event), String(count)], options);
  const used = report as { calls: number; heapBytes: number; externalBytes: number; residentBytes: number }[];
  const [first, last] = [used[0], used.at(-1)];
  if (!first || !last) throw new Error('the loop reported nothing');
  return {
    name: 'memory',
    tables: [
      {
        title: 'Memory after so many requests (MB, after a full collection)',
        columns: ['requests', 'heap', 'external', 'resident'],
        rows: used.map((each) => [each.calls, each.heapBytes / MB, each.externalBytes / MB, each.residentBytes / MB]),
      },
    ],
    targets: [
      // Code that the engine optimises along the way stays; it is a fixed amount, whatever the number of requests.
      {
        what: `heap after ${count} requests / after 1,000`,
        value: last.heapBytes / first.heapBytes,
        target: 1.05,
        unit: 'x',
      },
    ],
  };
}
