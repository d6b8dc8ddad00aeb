import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { MODEL_FILE } from '../../lambdas/shared/contract';
import { checkGolden } from '../../lambdas/shared/session/golden';
import type { Session } from '../../lambdas/shared/session/session';
import { checkSignature } from '../../lambdas/shared/session/signature';
import { warmUp } from '../../lambdas/shared/session/warm-up';
import { writeModelParts } from '../../lib/model/model-parts';
import { requireAnswers } from './check-model';
import { manifestOf, onnxRuntimeVersion, openModel } from './open-model';
import { type LoadTimes, ModelRefused, type Optimized, type OptimizeTask, type Report } from './task';

/** They take turns, so that what else the machine does hits both alike. */
const ROUNDS = 5;

/** Has ONNX Runtime write what it makes of the model on this CPU, and tries that as a function would. */
export async function optimizeModel(task: OptimizeTask, report: (message: Report) => void): Promise<Optimized> {
  const inScratch = (...names: string[]) => join(task.scratch, ...names);
  const [portable, optimized, file] = [inScratch('portable'), inScratch('optimized'), inScratch('optimized.onnx')];
  const untouched = await openModel(task.model);
  await requireAnswers(untouched, task);
  await untouched.dispose();
  await writeOptimized(task.model, file);
  const cases = await requireOptimizedAnswers(file, task);
  writeModelParts(task.model, portable);
  writeModelParts(file, optimized);
  const manifest = manifestOf(task.inputs, task.outputs);
  // A model may refuse zeros, which is no fault of it.
  const warm = (session: Session) => warmUp(session, manifest).catch(() => {});
  const check = (session: Session) => checkGolden(session, manifest, task.golden);
  const times: { portable: LoadTimes[]; optimized: LoadTimes[] } = { portable: [], optimized: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    report({ progress: `round ${round} of ${ROUNDS}` });
    times.portable.push(await timeLoad(() => openModel(join(portable, MODEL_FILE)), warm));
    times.optimized.push(await timeLoad(() => openModel(join(optimized, MODEL_FILE), true), check));
  }
  return {
    ...{ file, cases, onnxRuntime: onnxRuntimeVersion() },
    portableMs: mediansOf(times.portable),
    optimizedMs: mediansOf(times.optimized),
  };
}

/** As the functions' sessions are: level `all` is the one that lays weights out for the CPU. */
async function writeOptimized(model: string, file: string): Promise<void> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    optimizedModelFilePath: file,
  });
  await session.release();
}

async function requireOptimizedAnswers(file: string, { inputs, outputs, golden }: OptimizeTask): Promise<number> {
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
  } finally {
    await session.dispose();
  }
}

async function timeLoad(open: () => Promise<Session>, run: (session: Session) => Promise<unknown>): Promise<LoadTimes> {
  const started = performance.now();
  const session = await open();
  const created = performance.now();
  await run(session);
  const ran = performance.now();
  await session.dispose();
  return { create: created - started, firstRuns: ran - created };
}

function mediansOf(times: readonly LoadTimes[]): LoadTimes {
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return { create: median(times.map(({ create }) => create)), firstRuns: median(times.map((each) => each.firstRuns)) };
}
