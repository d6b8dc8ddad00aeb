import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { MODEL_FILE } from '../../lambdas/shared/contract';
import { checkGolden } from '../../lambdas/shared/session/golden';
import { checkSignature } from '../../lambdas/shared/session/signature';
import { writeModelParts } from '../../lib/model/model-parts';
import { checkModel } from './check-model';
import { manifestOf, onnxRuntimeVersion, openModel } from './open-model';
import { type CardTask, ModelRefused, type Optimized, type OptimizeTask } from './task';

/** Has ONNX Runtime write what it makes of the model on this CPU, and runs the golden cases on that. */
export async function optimizeModel(task: OptimizeTask): Promise<Optimized> {
  const [portable, optimized] = [join(task.folder, 'portable'), join(task.folder, 'optimized')];
  const artefact = join(task.folder, 'artefact.onnx');
  await checkModel(task);
  await writeArtefact(task.model, artefact);
  const cases = await checkArtefact(artefact, task);
  writeModelParts(task.model, portable);
  writeModelParts(artefact, optimized);
  const shipped = { portable: join(portable, MODEL_FILE), optimized: join(optimized, MODEL_FILE) };
  return { onnxRuntime: onnxRuntimeVersion(), cases, artefact, shipped };
}

/** At the level of the functions' sessions: `all` is the one that lays weights out for the CPU. */
async function writeArtefact(model: string, file: string): Promise<void> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    optimizedModelFilePath: file,
  });
  await session.release();
}

/** Runs the golden cases of a model on what was made of it, and says how many there are. */
export async function checkArtefact(
  file: string,
  { inputs, outputs, golden }: Omit<CardTask, 'model'>,
): Promise<number> {
  const manifest = manifestOf(inputs, outputs);
  const session = await openModel(file, true);
  try {
    checkSignature(session, manifest);
    return await checkGolden(session, manifest, golden);
  } catch (error) {
    throw new ModelRefused(
      `What ONNX Runtime makes of the model for this CPU is not the same model any more: ${(error as Error).message}`,
      'Nothing is written. If the difference is of the last digits, raise tolerance in golden.json; otherwise serve the portable model.',
    );
  }
}
