import { LambdaFunction } from '../test/runtime/lambda-function';
import { pythonFunction, pythonVersion } from './python-function';
import type { Result, Target } from './result';
import { interleave, sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { modelNamed, ONE_CORE } from './subject';
import { blockOf, requestsOf } from './warm';

const MB = 1e6;

/** The same events to the same model in Python, both at the Runtime API: warm latency and memory. */
export async function python({ quick }: BenchOptions): Promise<Result> {
  const rows: (string | number)[][] = [];
  const targets: Target[] = [];
  for (const name of ['iris', 'digits']) {
    const model = modelNamed(name);
    for (const [what, event] of requestsOf(model)) {
      const ours = await LambdaFunction.start({ ...model.settings, pinned: ONE_CORE });
      const theirs = await LambdaFunction.start({ ...pythonFunction(model), pinned: ONE_CORE });
      try {
        const text = JSON.stringify(event);
        const block = quick ? 200 : 1_000;
        const p50 = await interleave(quick ? 2 : 9, {
          ours: () => blockOf(ours, text, block),
          theirs: () => blockOf(theirs, text, block),
        });
        const [own, other] = [sampleOf(p50.ours ?? []).median, sampleOf(p50.theirs ?? []).median];
        const peaks = [ours.memory().peakBytes / MB, theirs.memory().peakBytes / MB] as const;
        rows.push([`${name}, ${what}`, own, other, own / other, peaks[0], peaks[1], peaks[0] / peaks[1]]);
        targets.push({ what: `${name}, ${what}: warm p50, ours / Python`, value: own / other, target: 1, unit: 'x' });
        targets.push({
          what: `${name}, ${what}: peak memory, ours / Python`,
          value: peaks[0] / peaks[1],
          target: 0.6,
          unit: 'x',
        });
      } finally {
        await ours.stop();
        await theirs.stop();
      }
    }
  }
  const columns = ['', 'ours us', 'Python us', 'ratio', 'ours peak MB', 'Python peak MB', 'ratio'];
  const title = `The same events to ${pythonVersion()} on awslambdaric (p50, median of rounds)`;
  return { name: 'python', tables: [{ title, columns, rows }], targets };
}
