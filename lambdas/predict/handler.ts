import { createOnnxSession } from '../shared/session/onnxruntime';
import { dispatch } from './dispatch';
import { createService, type Service } from './service';

const service = new Promise<Service>((resolve) =>
  resolve(
    createService({
      env: process.env,
      handlerDir: import.meta.dirname,
      createSession: createOnnxSession,
      write: (line) => process.stdout.write(line),
    }),
  ),
);

// The model loads while AWS Lambda initialises. A failure is in the log and is answered by each request, which tries
// again; an environment that died here would answer nothing.
await service.then(({ models }) => models.load()).catch(() => {});

export const handler = async (event: unknown): Promise<unknown> => dispatch(event, await service);
