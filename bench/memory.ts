import { inferEvent } from '../test/runtime/events';
import type { Result } from './result';
import type { BenchOptions } from './run';
import { modelNamed, runSubject } from './subject';

const MB = 1e6;

/** `process.memoryUsage()` after so many requests and a full collection. */
export interface MemoryUse {
  readonly calls: number;
  readonly heapUsed: number;
  /** Room for young objects grows with the rate of requests, to a limit: resident memory follows it. */
  readonly heapTotal: number;
  readonly external: number;
  readonly rss: number;
}

/** What stays on the heap, after a full collection, while one environment answers many requests. */
export async function memory({ quick }: BenchOptions): Promise<Result> {
  const count = quick ? 10_000 : 100_000;
  const { name, input, shape, values, settings } = modelNamed('iris');
  const event = inferEvent(name, { inputs: [{ name: input, datatype: 'FP32', shape, data: values }] });
  const options = { settings, nodeOptions: ['--expose-gc'] };
  const { report } = await runSubject('loop-handler', ['index.mjs', JSON.stringify(event), String(count)], options);
  const used = report as MemoryUse[];
  const [first, last] = [used[0], used.at(-1)];
  if (!first || !last) throw new Error('the loop reported nothing');
  return {
    name: 'memory',
    tables: [
      {
        title: 'Memory after so many requests (MB, after a full collection)',
        columns: ['requests', 'heap used', 'heap reserved', 'external', 'resident'],
        rows: used.map(({ calls, heapUsed, heapTotal, external, rss }) => [
          calls,
          heapUsed / MB,
          heapTotal / MB,
          external / MB,
          rss / MB,
        ]),
      },
    ],
    targets: [
      // Code that the engine optimises along the way stays; it is a fixed amount, whatever the number of requests.
      {
        what: `heap after ${count} requests / after 1,000`,
        value: last.heapUsed / first.heapUsed,
        target: 1.05,
        unit: 'x',
      },
    ],
  };
}
