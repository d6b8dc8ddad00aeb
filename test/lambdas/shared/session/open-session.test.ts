import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createOnnxSession } from '../../../../lambdas/shared/session/onnxruntime';
import { openSession } from '../../../../lambdas/shared/session/open-session';
import { manifestOf, modelFolder } from '../../manifest';

it.each([
  ['of a model that passes', 'iris', 0],
  ['of one of another signature', 'fixed-batch', 1],
  ['of a corrupt one', 'corrupt', 0],
])('the file %s is removed, and a session that is refused is disposed of', async (_, name, disposed) => {
  const counts = { released: 0, disposed: 0 };
  const model = join(modelFolder(name), 'model.onnx');
  const file = { model, sha256: '', release: async () => void counts.released++ };
  const opened = openSession(file, manifestOf('iris'), {
    memoryMb: 512,
    createSession: async (...args) => {
      const session = await createOnnxSession(...args);
      return { ...session, dispose: () => session.dispose().then(() => void counts.disposed++) };
    },
  });
  const outcome = await opened.then(
    () => 'served',
    () => 'refused',
  );
  expect({ outcome, ...counts }).toEqual({ outcome: name === 'iris' ? 'served' : 'refused', released: 1, disposed });
});
