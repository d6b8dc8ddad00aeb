import type { CreateSession } from '../shared/session/session';
import { writeLine } from '../shared/telemetry/write-line';
import { dispatch } from './dispatch';
import { createService, type Service } from './service';

/** Imported when a model loads: without its native library none does, but the function still answers. */
const createSession: CreateSession = async (...args) =>
  (await import('../shared/session/onnxruntime')).createOnnxSession(...args);

const service = new Promise<Service>((resolve) =>
  resolve(
    createService({
      env: process.env,
      handlerDir: import.meta.dirname,
      createSession,
      write: writeLine,
    }),
  ),
);

// The model loads while AWS Lambda initialises. A failure is in the log and is answered by each request, which tries
// again; an environment that died here would answer nothing.
await service.then(({ models }) => models.load()).catch(() => {});

export const handler = async (event: unknown): Promise<unknown> => dispatch(event, await service);
