import { checkGolden } from '../../lambdas/shared/session/golden';
import type { Session } from '../../lambdas/shared/session/session';
import { checkSignature } from '../../lambdas/shared/session/signature';
import { manifestOf, openModel } from './open-model';
import { type CardTask, type Checked, ModelRefused } from './task';

/** What a function does with a model before it serves it: load, signature, golden cases. */
export async function checkModel(task: CardTask): Promise<Checked> {
  const session = await openModel(task.model);
  return { cases: await requireAnswers(session, task) };
}

/** Answers the number of cases. */
export async function requireAnswers(session: Session, { inputs, outputs, golden }: CardTask): Promise<number> {
  const manifest = manifestOf(inputs, outputs);
  try {
    checkSignature(session, manifest);
    return await checkGolden(session, manifest, golden);
  } catch (error) {
    throw new ModelRefused(
      `The model is not what its folder says: ${(error as Error).message}`,
      'If the model is right, correct model.yaml and golden.json (or record them anew: cdk-ml-serving init); a release with them would fail.',
    );
  }
}
