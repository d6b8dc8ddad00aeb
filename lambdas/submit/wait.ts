import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type Job } from '../shared/jobs/job';
import type { Front } from './service';

const FIRST_LOOK_MS = 50;
const SLOWEST_LOOK_MS = 1000;

/** The job when it has ended, or as it is at `untilMs`. Looks become rarer, because each one is billed. */
export async function waitForEnd(job: Job, untilMs: number, { table }: Pick<Front, 'table'>): Promise<Job> {
  let current = job;
  for (let pause = FIRST_LOOK_MS; !isFinal(current.state); pause = Math.min(pause * 1.5, SLOWEST_LOOK_MS)) {
    const left = untilMs - Date.now();
    if (left <= 0) return current;
    await sleep(Math.min(pause, left));
    current = (await table.get(job.id)) ?? current;
  }
  return current;
}
