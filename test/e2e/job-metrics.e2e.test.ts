import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { JOB_METRICS, type JobState } from '../../lambdas/shared/contract';
import { Asynchronous, Model, MultipleStage } from '../../lib';
import { emittedMetrics, neverEmitted, watchedBy } from '../lib/observability/metrics';
import { newStack } from '../lib/stack';
import { call, golden, infer, logLines } from './client';

const digits = () => Model.fromAsset('models/digits');

/** The services of the demo, as their stacks have them. */
const SERVICES: Readonly<Record<string, (stack: Stack, serviceName: string) => unknown>> = {
  asynchronous: (stack, serviceName) => new Asynchronous(stack, 'Service', { model: digits(), serviceName }),
  'multiple-stage': (stack, serviceName) =>
    new MultipleStage(stack, 'Service', { model: digits(), fast: Model.fromAsset('models/digits-fast'), serviceName }),
};

/** What a job that succeeds does not count as. The tests of jobs see that each of these is written where it happens. */
const NOT_HERE: readonly string[] = [
  JOB_METRICS.failed.name,
  JOB_METRICS.timedOut.name,
  JOB_METRICS.cancelled.name,
  JOB_METRICS.sinkFailures.name,
];

describe.each(Object.entries(SERVICES))('[X.5] [3.9] %s', (name, build) => {
  const { url = '', resources = {} } = inject('demo').services[name] ?? {};

  test('alarms and graphs look at what its functions write: namespace, name, dimensions and values', async () => {
    const asked = await infer(url, 'digits', { inputs: golden('models/digits').cases[0]?.inputs });
    expect(asked.status).toBeLessThan(300);
    await ended(`${url}/v2/jobs/${asked.headers.get('x-job-id')}`);
    const stack = newStack();
    build(stack, `local-${name}`);
    const watched = watchedBy(Template.fromStack(stack)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
    expect(watched.length).toBeGreaterThan(10);
    const groups = Object.entries(resources).filter(([role]) => role.endsWith('LogGroup'));
    const unseen = async () => {
      const lines = await Promise.all(groups.map(([, group]) => logLines(group)));
      return neverEmitted(watched, emittedMetrics(lines.flat())).filter((metric) => !NOT_HERE.includes(metric.name));
    };
    await expect.poll(unseen, { timeout: 20_000 }).toEqual([]);
  });
});

async function ended(job: string): Promise<void> {
  for (let poll = 0; poll < 100; poll++) {
    const { body, status } = await call<{ state: JobState }>(job);
    if (status === 200) return expect(body.state).toBe('SUCCEEDED');
    await sleep(200);
  }
  throw new Error(`the job at ${job} does not end`);
}
