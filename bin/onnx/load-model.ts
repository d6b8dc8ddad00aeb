import { checkGolden, readGolden } from '../../lambdas/shared/session/golden';
import { warmUp } from '../../lambdas/shared/session/warm-up';
import { manifestOf, openModel } from './open-model';
import type { LoadTask, LoadTimes } from './task';

/**
 * Times what a cold start does with a model and what it depends on whether it was optimised, and the request that waits
 * (of zeros, here).
 */
export async function loadModel({ model, goldenFolder, inputs, outputs }: LoadTask): Promise<LoadTimes> {
  const manifest = manifestOf(inputs, outputs);
  const started = performance.now();
  const session = await openModel(model, goldenFolder !== undefined);
  const created = performance.now();
  if (goldenFolder !== undefined) await checkGolden(session, manifest, await readGolden(goldenFolder));
  const checked = performance.now();
  // A model may well refuse zeros.
  await warmUp(session, manifest).catch(() => {});
  return {
    sessionCreate: created - started,
    check: checked - created,
    firstAnswer: performance.now() - checked,
  };
}
