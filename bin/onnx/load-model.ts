import { checkGolden } from '../../lambdas/shared/session/golden';
import { warmUp } from '../../lambdas/shared/session/warm-up';
import { manifestOf, openModel } from './open-model';
import type { LoadTask, LoadTimes } from './task';

/** Times what a function does with a model before it serves it. */
export async function loadModel({ model, optimized, inputs, outputs, golden }: LoadTask): Promise<LoadTimes> {
  const manifest = manifestOf(inputs, outputs);
  const started = performance.now();
  const session = await openModel(model, optimized);
  const created = performance.now();
  // A model may well refuse the zeros of the warm-up.
  await (optimized ? checkGolden(session, manifest, golden) : warmUp(session, manifest).catch(() => {}));
  return { sessionCreate: created - started, firstRuns: performance.now() - created };
}
