/** What a closed breaker adds to a call: `breaker.mjs ROUNDS`. Microseconds by case to descriptor 3. */
import { writeSync } from 'node:fs';
import { answerGuarded } from '../../lambdas/circuit-break/answer-guarded';
import type { Question } from '../../lambdas/composed/service';
import { Breaker } from '../../lambdas/shared/breaker/breaker';
import { OwnBreakerStore } from '../../lambdas/shared/breaker/breaker-store';
import type { BreakerSettings, PredictorSuccess } from '../../lambdas/shared/contract';
import { medianUs } from '../median';

const settings: BreakerSettings = {
  windowMs: 30_000,
  minimumCalls: 20,
  failureRate: 0.5,
  slowRate: 0.8,
  slowCallMs: 5000,
  openMs: 15_000,
  probes: 2,
  callMs: 10_000,
};
const success = { status: 200 } as unknown as PredictorSuccess;
const question = { requestId: 'r', deadlineMs: Date.now() + 3_600_000 } as Question;
const ask = async () => success;

/** With a table that answers at once, so that only our own code is measured. */
const guarded = answerGuarded({
  ask,
  breaker: new Breaker({ store: new OwnBreakerStore(), settings, tell: () => undefined }),
  fallBack: async () => success,
  settings,
  reserveMs: 0,
  tally: { refused: () => undefined, slow: () => undefined },
});

/** Calls of a loop. */
const CALLS = 20_000;

async function main(): Promise<void> {
  const report: Record<string, number[]> = { alone: [], guarded: [] };
  for (let round = 0; round < Number(process.argv[2]); round++) {
    report.alone?.push(await medianUs(CALLS, () => ask()));
    report.guarded?.push(await medianUs(CALLS, () => guarded(question)));
  }
  writeSync(3, JSON.stringify(report));
}

await main();
