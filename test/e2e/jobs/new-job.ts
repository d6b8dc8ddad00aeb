import { randomUUID } from 'node:crypto';
import { JOB_VERSION } from '../../../lambdas/shared/contract';
import { dueShard, type Job, ownerState } from '../../../lambdas/shared/jobs/job';

/** A job as it is accepted at a time of the test's own. */
export function newJob(now: number, timeoutMs: number): Job {
  const id = randomUUID().replaceAll('-', '');
  return {
    v: JOB_VERSION,
    id,
    owner: 'somebody',
    state: 'ACCEPTING',
    ownerState: ownerState('somebody', 'ACCEPTING'),
    generation: 1,
    attempts: 0,
    acceptedAt: now,
    expiresAt: now + timeoutMs,
    dueAt: now,
    dueShard: dueShard(id),
    ttl: Math.ceil((now + 1_000_000) / 1000),
    requestId: 'r',
    traceparent: 't',
    modelName: 'm',
    expects: {},
    input: { operation: 'infer', headers: {}, inline: new Uint8Array([123, 125]) },
    inputHash: 'h',
  };
}
