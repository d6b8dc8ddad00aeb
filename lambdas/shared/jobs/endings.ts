import { JOB_METRICS, type JobState } from '../contract';
import { reasonOf } from '../errors';
import type { Measured, RequestLog } from '../telemetry/request-log';
import type { Job } from './job';
import type { EndingEnv } from './job-env';
import type { JobQueue } from './job-queue';
import { isRefused, type JobKey, type WorkTable } from './job-table';
import type { Refused } from './rows';
import type { Tell } from './sinks';

interface EndingsWiring {
  readonly env: EndingEnv;
  readonly table: WorkTable;
  readonly queue: JobQueue;
  readonly log: RequestLog;
  /** Who must hear of every end. */
  readonly tell?: Tell;
}

const COUNTED: Partial<Record<JobState, { readonly name: string; readonly unit: string }>> = {
  SUCCEEDED: JOB_METRICS.succeeded,
  FAILED: JOB_METRICS.failed,
  TIMED_OUT: JOB_METRICS.timedOut,
};

/** What follows when a job has ended, whoever ended it. */
export class Endings {
  constructor(private readonly wiring: EndingsWiring) {}

  /**
   * Its row has just become final: one line in the log, its metrics, and the sinks. Of a model that is one of several the
   * line alone: what counts is how the whole ends.
   */
  async announce(job: Job, details: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { attempts, endedAt = job.acceptedAt, error, state } = job;
    const counted = COUNTED[state];
    const metrics: Measured[] = [
      ...(counted ? [[counted, 1] as const] : []),
      [JOB_METRICS.age, endedAt - job.acceptedAt],
      [JOB_METRICS.attempts, attempts],
    ];
    const why = error && { code: error.code, reason: error.message };
    const event = job.stage === undefined ? 'job_ended' : 'model_settled';
    const measured = job.stage === undefined ? metrics : [];
    this.wiring.log.event(event, { ...describe(job), state, attempts, ...why, ...details }, measured);
    await this.tell(job);
  }

  /** Tells the sinks. What they do not take they are told later, by the sweeper. */
  async tell(job: Job): Promise<void> {
    const { log, table, tell } = this.wiring;
    if (!tell || !job.sinkPending) return;
    try {
      await tell(job);
      await table.told(job);
    } catch (error) {
      log.event('sink_failed', { ...describe(job), reason: reasonOf(error) }, [[JOB_METRICS.sinkFailures, 1]]);
      await table.tellLater(job).catch((cause) => {
        // The row of a whole says already when the sweeper looks. Of a model it does not: its message must come again.
        if (job.stage !== undefined) throw cause;
      });
    }
  }

  /** No try is left: the job fails, and its message waits for a redrive. Refused where somebody may still run it. */
  async exhaust(key: JobKey, message: string): Promise<Job | Refused> {
    const ended = await this.wiring.table.exhaust(key, { code: 'ATTEMPTS_EXHAUSTED', message });
    if (isRefused(ended)) return ended.row && isExhausted(ended.row, key) ? this.#buryAgain(ended.row) : ended;
    await this.bury(ended);
    await this.announce(ended);
    return ended;
  }

  /** Whoever failed it may have died before its message was laid aside: twice does no harm. */
  async #buryAgain(job: Job): Promise<Job> {
    await this.bury(job);
    await this.tell(job);
    return job;
  }

  /** Lays its message to those that wait for a redrive. */
  async bury(job: Job): Promise<void> {
    await this.wiring.queue.send(this.wiring.env.deadLetterQueueUrl, job, 'buried');
  }
}

/** Whether a job has failed because its tries were used up. */
export function isExhausted({ error, generation, state }: Job, key: Pick<JobKey, 'generation'>): boolean {
  return state === 'FAILED' && error?.code === 'ATTEMPTS_EXHAUSTED' && generation === key.generation;
}

/** Of a job that was tried as often as it may be. */
export function diedEachTime({ attempts }: Job): string {
  return `tried ${attempts} times without an answer; each time its worker ended before it`;
}

/** What every line about a job says. */
export function describe(job: Job) {
  const { id, model, modelName, requestId, stage, traceparent } = job;
  return { model: model?.name ?? modelName, version: model?.version, job: id, stage, requestId, traceparent };
}
