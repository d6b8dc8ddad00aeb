import type { Context } from 'aws-lambda';
import { selfTest } from '../predict/self-test';
import type { ChunkTask } from '../shared/contract';
import type { CreateSession } from '../shared/session/session';
import { writeLine } from '../shared/telemetry/write-line';
import { type BatchWorker, createBatchWorker } from './service';
import { workChunk } from './work-chunk';

/** Imported when a model loads: without its native library none does, but the function still says why. */
const createSession: CreateSession = async (...args) =>
  (await import('../shared/session/onnxruntime')).createOnnxSession(...args);

const worker: BatchWorker = createBatchWorker({
  env: process.env,
  handlerDir: import.meta.dirname,
  createSession,
  write: writeLine,
});

// The model loads while AWS Lambda initialises. A failure is in the log, and each mini-job tries again.
await worker.models.load().catch(() => {});

/** A worker is handed a mini-job by an execution, or (an empty event) the self-test of a release. */
export const handler = async (event: ChunkTask | object, { getRemainingTimeInMillis }: Context): Promise<unknown> =>
  'chunk' in event ? workChunk(event, worker, Date.now() + getRemainingTimeInMillis()) : selfTest(worker.service);
