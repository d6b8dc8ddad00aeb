import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest } from '../shared/http/answer';
import { receivedMsOf } from '../shared/http/request';
import { isFinal, type Job } from '../shared/jobs/job';
import type { Front } from './service';

const FIRST_LOOK_MS = 50;
const SLOWEST_LOOK_MS = 1000;

/** Kept of the deadline for the answer. */
const RESERVE_MS = 500;

/**
 * The job when it has ended, or as it is after so many seconds, or before the deadline of the request. Looks become rarer,
 * because each one is billed.
 */
export async function waitForEnd(
  job: Job,
  waitSeconds: number,
  { event }: HttpRequest,
  { env, table }: Front,
): Promise<Job> {
  const untilMs = Math.min(Date.now() + waitSeconds * 1000, receivedMsOf(event) + env.deadlineMs - RESERVE_MS);
  let current = job;
  for (let pause = FIRST_LOOK_MS; !isFinal(current.state); pause = Math.min(pause * 1.5, SLOWEST_LOOK_MS)) {
    const left = untilMs - Date.now();
    if (left <= 0) return current;
    await sleep(Math.min(pause, left));
    current = (await table.get(job.id)) ?? current;
  }
  return current;
}
