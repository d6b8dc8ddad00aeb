import type { Job } from '../lambdas/shared/jobs/job';
import { PayloadStore } from '../lambdas/shared/jobs/payload-store';
import { expressionsOf, type RowChange } from '../lambdas/shared/jobs/row-update';
import { Rows } from '../lambdas/shared/jobs/rows';

/** The table where the network would begin: what a change costs before it is sent is paid, every change is made. */
export class MemoryRows extends Rows {
  readonly #jobs = new Map<string, Job>();

  constructor() {
    super('none', {});
  }

  add(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  take(id: string): Job | undefined {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    return job;
  }

  override async update(id: string, change: RowChange): Promise<Job> {
    expressionsOf(change);
    const before = this.#jobs.get(id) as Job;
    const attempts = before.attempts + (change.add?.attempts ?? 0);
    const job: Job = { ...before, ...change.set, attempts };
    this.#jobs.set(id, job);
    return job;
  }
}

/** One body for whoever asks. */
export class MemoryPayloads extends PayloadStore {
  constructor(private readonly body: Buffer) {
    super('none', {});
  }

  override async get(): Promise<Buffer> {
    return this.body;
  }

  override async put(key: string, body: Uint8Array) {
    return { key, bytes: body.byteLength };
  }
}
