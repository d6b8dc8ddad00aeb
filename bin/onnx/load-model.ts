import { checkGolden } from '../../lambdas/shared/session/golden';
import { warmUp } from '../../lambdas/shared/session/warm-up';
import { manifestOf, openModel } from './open-model';
import type { LoadTask, LoadTimes } from './task';

/** Times what a function does with a model in a cold start, and the request that waits for it (of zeros, here). */
export async function loadModel({ model, optimized, inputs, outputs, golden }: LoadTask): Promise<LoadTimes> {
  const manifest = manifestOf(inputs, outputs);
  const started = performance.now();
  const session = await openModel(model, optimized);
  const created = performance.now();
  if (optimized) await checkGolden(session, manifest, golden);
  const checked = performance.now();
  // A model may well refuse zeros.
  await warmUp(session, manifest).catch(() => {});
  return {
    sessionCreate: created - started,
    check: checked - created,
    firstAnswer: performance.now() - checked,
  };
}
