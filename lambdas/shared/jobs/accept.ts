import { JOB_METRICS, JOB_VERSION } from '../contract';
import { reasonOf, ServingError } from '../errors';
import type { RequestLog } from '../telemetry/request-log';
import { dueShard, type Job, type JobInput, ownerState } from './job';
import type { FrontEnv } from './job-env';
import { newJobId } from './job-id';
import type { History } from './job-queue';
import { ACCEPT_LEASE_MS, isRefused, type JobTable } from './job-table';
import { newMembers } from './members';
import type { PayloadStore } from './payload-store';

/** What accepts jobs is wired to. */
export interface JobFront {
  readonly env: FrontEnv;
  readonly table: JobTable;
  /** Puts the message of a job where workers find it. */
  readonly enqueue: (job: Job, history?: History) => Promise<void>;
  /** Names of the models, where several answer a job together. */
  readonly members?: readonly string[];
  readonly payloads: PayloadStore;
  readonly log: RequestLog;
}

/** A request that shall become a job. */
export interface JobRequest {
  readonly owner: string;
  readonly requestId: string;
  readonly traceparent: string;
  readonly expects: Job['expects'];
  readonly input: Omit<JobInput, 'inline' | 'ref'>;
  /** The body itself, or the upload it is. */
  readonly body: Uint8Array | NonNullable<JobInput['ref']>;
  /** Tells whether another request is the same one. */
  readonly hash: string;
  readonly idempotencyKey?: string;
  readonly group?: string;
  /** Name of the model, for logs and metrics. */
  readonly model: string;
}

/**
 * Input, row, message, in this order: whoever dies in between leaves nothing, or a row that the sweeper completes.
 *
 * @throws ServingError UNAVAILABLE when a store or the queue refuses; then there is no job, or, with an idempotency key,
 * one that the next try finds
 */
export async function acceptJob(request: JobRequest, front: JobFront): Promise<Job> {
  const { enqueue, env, log, table } = front;
  const id = newJobId(env.service, request.owner, request.idempotencyKey);
  if (request.idempotencyKey !== undefined) {
    const existing = await table.get(id);
    if (existing && existing.ttl * 1000 > table.now()) return sameRequest(existing, request);
  }
  const job = await newJob(id, request, front);
  const accepted = await table.accept(job);
  // Somebody with the same key was faster.
  if (isRefused(accepted) && !isOwn(accepted.row, request)) return sameRequest(accepted.row, request);
  try {
    await enqueue(job);
  } catch (cause) {
    // With a key others may have been told of the job: it stays, and the sweeper sends its message.
    if (request.idempotencyKey === undefined) await table.withdraw(job).catch(() => undefined);
    throw new ServingError('UNAVAILABLE', 'The queue did not take the job.', { retryAfterMs: 1000, cause });
  }
  const details = { model: request.model, job: id, requestId: request.requestId, traceparent: request.traceparent };
  log.event('job_accepted', details, [[JOB_METRICS.accepted, 1]]);
  return pending(job, front);
}

/** The message is in the queue, so the job is accepted whether or not its row can say so now. */
export async function pending(job: Job, { log, table }: Pick<JobFront, 'log' | 'table'>): Promise<Job> {
  try {
    const enqueued = await table.enqueued(job);
    // A worker was faster.
    return isRefused(enqueued) ? (enqueued.row ?? job) : enqueued;
  } catch (error) {
    log.event('job_not_marked', { job: job.id, reason: reasonOf(error) });
    return job;
  }
}

async function newJob(id: string, request: JobRequest, { env, members, payloads, table }: JobFront): Promise<Job> {
  const now = table.now();
  const expiresAt = now + env.jobTimeoutMs;
  const { expects, group, hash, model, owner, requestId, traceparent } = request;
  return {
    v: JOB_VERSION,
    id,
    owner,
    state: 'ACCEPTING',
    ownerState: ownerState(owner, 'ACCEPTING'),
    generation: 1,
    attempts: 0,
    acceptedAt: now,
    expiresAt,
    dueAt: now + ACCEPT_LEASE_MS,
    dueShard: dueShard(id),
    ttl: Math.ceil((expiresAt + env.retentionMs) / 1000),
    requestId,
    traceparent,
    modelName: model,
    expects,
    group,
    ...(members && newMembers(members)),
    inputHash: hash,
    input: { ...request.input, ...(await storeBody(id, request, env, payloads)) },
  };
}

async function storeBody(id: string, { body, hash, input }: JobRequest, env: FrontEnv, payloads: PayloadStore) {
  if (!(body instanceof Uint8Array)) return { ref: body };
  if (body.byteLength <= env.inlineBytes) return { inline: body };
  // Named by its content: a request that is refused for its key must not replace what the key stands for.
  return {
    ref: await payloads.put(`jobs/${id}/input-${hash}`, body, input.headers['content-type'] ?? 'application/json'),
  };
}

/** Refused by its own first try, whose answer got lost. */
function isOwn(row: Job | undefined, { requestId }: JobRequest): boolean {
  return row?.requestId === requestId && row.state === 'ACCEPTING';
}

function sameRequest(existing: Job | undefined, { hash }: JobRequest): Job {
  if (!existing) throw new ServingError('UNAVAILABLE', 'The job is being replaced.', { retryAfterMs: 1000 });
  if (existing.inputHash === hash) return existing;
  throw new ServingError('IDEMPOTENCY_MISMATCH', 'this Idempotency-Key was used for another request', {
    field: 'idempotency-key',
  });
}
