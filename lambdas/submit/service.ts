import { resolve } from 'node:path';
import { JOB_ENV, type ModelManifest } from '../shared/contract';
import { type Environment, text } from '../shared/env';
import type { AnsweringService } from '../shared/http/answer';
import type { JobFront } from '../shared/jobs/accept';
import { readFrontEnv } from '../shared/jobs/job-env';
import { JobQueue } from '../shared/jobs/job-queue';
import { JobTable } from '../shared/jobs/job-table';
import { PayloadStore } from '../shared/jobs/payload-store';
import { Rows } from '../shared/jobs/rows';
import { readManifest } from '../shared/session/manifest';
import { identityOf } from '../shared/session/model-store';
import { RequestLog } from '../shared/telemetry/request-log';

/** What a front of jobs keeps between requests. */
export interface Front extends JobFront, AnsweringService {
  readonly env: JobFront['env'];
  readonly log: RequestLog;
  /** The model that will answer; its bytes are elsewhere. */
  readonly manifest: ModelManifest;
}

export interface FrontWiring {
  readonly env: Environment;
  readonly handlerDir: string;
  readonly write: (line: string) => void;
}

export function createFront({ env: variables, handlerDir, write }: FrontWiring): Front {
  const env = readFrontEnv(variables);
  const queue = new JobQueue(env.clientOptions);
  const queueUrl = text(variables, JOB_ENV.queueUrl);
  return frontOf({ env, handlerDir, write }, (job, history) => queue.send(queueUrl, job, history));
}

/** A front whose messages go where `enqueue` puts them. */
export function frontOf(
  { env, handlerDir, write }: Omit<FrontWiring, 'env'> & Pick<JobFront, 'env'>,
  enqueue: JobFront['enqueue'],
): Front {
  const manifest = readManifest(resolve(handlerDir, env.modelDir));
  const identity = identityOf(manifest);
  return {
    env,
    manifest,
    // Which version a pointer names only the worker knows.
    identity: () => (manifest.source === 'pointer' ? undefined : identity),
    known: () => (manifest.source === 'pointer' ? { name: manifest.name } : identity),
    table: new JobTable(new Rows(env.table, env.clientOptions), { retentionMs: env.retentionMs, hasSinks: false }),
    enqueue,
    payloads: new PayloadStore(env.payloadBucket, env.clientOptions),
    log: new RequestLog({ service: env.service, environment: env.environment, write }),
  };
}
