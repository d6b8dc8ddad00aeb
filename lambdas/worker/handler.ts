import type { Context, SQSEvent } from 'aws-lambda';
import type { CreateSession } from '../shared/session/session';
import { writeLine } from '../shared/telemetry/write-line';
import { dispatch } from './dispatch';
import { createWorker, type Worker } from './service';

/** Imported when a model loads: a worker that calls another predictor has none. */
const createSession: CreateSession = async (...args) =>
  (await import('../shared/session/onnxruntime')).createOnnxSession(...args);

const worker = new Promise<Worker>((resolve) =>
  resolve(
    createWorker({
      env: process.env,
      handlerDir: import.meta.dirname,
      createSession,
      write: writeLine,
    }),
  ),
);

// The model loads while AWS Lambda initialises. A failure is in the log, and the messages go back to the queue.
await worker.then(({ prepare }) => prepare()).catch(() => {});

export const handler = async (event: SQSEvent | object, { getRemainingTimeInMillis }: Context): Promise<unknown> =>
  dispatch(event, await worker, Date.now() + getRemainingTimeInMillis());
