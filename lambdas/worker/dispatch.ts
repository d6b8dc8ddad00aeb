import type { SQSEvent } from 'aws-lambda';
import { selfTest } from '../predict/self-test';
import type { Worker } from './service';
import { work } from './work';

/** A worker is handed messages by the queue, or (an empty event) the self-test of a release. */
export async function dispatch(event: SQSEvent | object, worker: Worker, endsAt: number): Promise<unknown> {
  if ('Records' in event) return work(event.Records, worker, endsAt);
  return worker.service ? selfTest(worker.service) : { ok: true };
}
