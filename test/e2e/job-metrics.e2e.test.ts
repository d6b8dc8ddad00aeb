import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { GRAPH_METRICS, JOB_METRICS, type JobState } from '../../lambdas/shared/contract';
import { Aggregation, Asynchronous, AsynchronousHorizontal, Model, MultipleStage } from '../../lib';
import { emittedMetrics, neverEmitted, watchedBy } from '../lib/observability/metrics';
import { newStack } from '../lib/stack';
import { call, golden, infer, logLines } from './client';

const digits = () => Model.fromAsset('models/digits');

interface DemoService {
  /** What it answers; a first stage whose environment takes long to start is not in the answer. */
  readonly status: number;
  readonly build: (stack: Stack, serviceName: string) => unknown;
}

/** The services of the demo, as their stacks have them. */
const SERVICES: Readonly<Record<string, DemoService>> = {
  asynchronous: {
    status: 202,
    build: (stack, serviceName) => new Asynchronous(stack, 'Service', { model: digits(), serviceName }),
  },
  'asynchronous-horizontal': {
    status: 202,
    build: (stack, serviceName) =>
      new AsynchronousHorizontal(stack, 'Service', {
        models: [
          { name: 'fast', model: Model.fromAsset('models/digits-fast') },
          { name: 'better', model: digits() },
        ],
        aggregation: Aggregation.mean(),
        serviceName,
      }),
  },
  'multiple-stage': {
    status: 200,
    build: (stack, serviceName) =>
      new MultipleStage(stack, 'Service', {
        model: digits(),
        fast: Model.fromAsset('models/digits-fast'),
        serviceName,
      }),
  },
};

/** What a job that succeeds does not count as. The tests of jobs see that each of these is written where it happens. */
const NOT_HERE: readonly string[] = [
  JOB_METRICS.failed.name,
  JOB_METRICS.timedOut.name,
  JOB_METRICS.cancelled.name,
  JOB_METRICS.sinkFailures.name,
  GRAPH_METRICS.partial.name,
];

describe.each(Object.entries(SERVICES))('[X.5] [3.9] %s', (name, { build, status }) => {
  const { url = '', resources = {} } = inject('demo').services[name] ?? {};

  test('alarms and graphs look at what its functions write: namespace, name, dimensions and values', async () => {
    let job: string | null = null;
    const ask = async () => {
      const answer = await infer(url, 'digits', { inputs: golden('models/digits').cases[0]?.inputs });
      job = answer.headers.get('x-job-id');
      return answer.status;
    };
    await expect.poll(ask, { timeout: 60_000 }).toBe(status);
    await ended(`${url}/v2/jobs/${job}`);
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

async function ended(url: string): Promise<void> {
  for (let poll = 0; poll < 100; poll++) {
    const { body, status } = await call<{ state: JobState }>(url);
    if (status === 200) return expect(body.state).toBe('SUCCEEDED');
    await sleep(200);
  }
  throw new Error(`the job at ${url} does not end`);
}
