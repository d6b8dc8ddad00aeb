import { Duration, Size } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { Asynchronous, type AsynchronousProps, Jobs, JobWorker, Model, Predictor } from '../../../lib';
import { fixture, newStack } from '../stack';
import { allowed, asynchronous, digits, environmentOf } from './job-stack';

describe('a worker with a measured model', () => {
  const { stack, service, template } = asynchronous();
  const { jobs, worker } = service;

  test('[3.7] gets ten messages at once and stacks as many rows as the measurements say', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: stack.resolve(jobs.queue.queueArn),
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const { bestBatch } = digits()._measurements ?? {};
    expect(bestBatch).toBeGreaterThan(1);
    expect(environmentOf(template, stack.resolve(worker.function.functionName))).toMatchObject({
      SERVING_MAX_STACKED_ROWS: `${bestBatch}`,
      SERVING_DEADLINE_MS: '10000',
    });
  });

  test('[3.9] scales to ten at once and has no concurrency of its own', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: stack.resolve(jobs.queue.queueArn),
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { ReservedConcurrentExecutions: 10 }, 0);
  });

  test('[3.5] a message comes back after six times the timeout, which is two runs and a second', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: `digits 1.0.0 (${worker.revision})`,
      Timeout: 21,
    });
    template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 126 });
    expect(jobs.visibilityTimeout.toSeconds()).toBe(126);
  });

  test('[1.4] jobs go to the alias, which moves once the self-test has passed', () => {
    const mapping = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')).find(
      ({ Properties }) => Properties.BatchSize === 10 && JSON.stringify(Properties.FunctionName).includes(':live'),
    );
    expect(mapping).toBeDefined();
    template.resourceCountIs('Custom::Trigger', 1);
  });
});

test('[3.7] a model that has not been measured, or gains nothing, gets its messages one by one', () => {
  const { template, stack, service } = asynchronous({ model: Model.fromAsset(fixture('slow')) });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: stack.resolve(service.jobs.queue.queueArn),
    BatchSize: 1,
  });
});

test('a worker that asks a predictor has no model, may call that predictor alone and waits longer than it takes', () => {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Other', { model: digits(), deadline: Duration.seconds(4) });
  const { service, template } = asynchronous({ predictor }, stack);
  const { worker } = service;
  expect(worker.alias).toBeUndefined();
  expect(worker.revision).toBe(predictor.revision);
  expect(environmentOf(template, stack.resolve(worker.function.functionName))).toMatchObject({
    SERVING_PREDICTOR: stack.resolve(predictor.target.address),
    SERVING_DEADLINE_MS: '5000',
  });
  const rights = allowed(template, stack.resolve(worker.role.roleName));
  expect(rights['lambda:InvokeFunction']).toContainEqual(stack.resolve(predictor.alias.functionArn));
  template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
});

test('[X.7] every option of the worker reaches it, and only it', () => {
  const { stack, service, template } = asynchronous({
    deadline: Duration.millis(1500),
    batchSize: 100,
    maxBatchingWindow: Duration.seconds(20),
    maxConcurrency: 4,
    reservedConcurrency: 6,
    maxStackedRows: 16,
    memory: Size.mebibytes(3008),
    ephemeralStorage: Size.gibibytes(1),
  });
  const { jobs, worker } = service;
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: stack.resolve(jobs.queue.queueArn),
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 20,
    ScalingConfig: { MaximumConcurrency: 4 },
  });
  template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 6 * 4 + 20 });
  const own = { ReservedConcurrentExecutions: 6, MemorySize: 3008, EphemeralStorage: { Size: 1024 }, Timeout: 4 };
  for (const [name, value] of Object.entries(own)) {
    const found = Object.entries(template.findResources('AWS::Lambda::Function')).filter(
      ([, { Properties }]) => JSON.stringify(Properties[name]) === JSON.stringify(value),
    );
    expect(
      found.map(([id]) => id),
      name,
    ).toEqual([stack.resolve(worker.function.functionName).Ref]);
  }
});

test('a worker beside jobs whose messages come back too soon is refused', () => {
  const stack = newStack();
  const jobs = new Jobs(stack, 'Jobs', { serviceName: 's', modelName: 'digits' });
  expect(() => new JobWorker(stack, 'Worker', { jobs, model: digits(), deadline: Duration.minutes(1) })).toThrow(
    /visibilityTimeout of the jobs \(126 s\) must be at least 726 s/,
  );
});

test.each<[Partial<AsynchronousProps>, RegExp]>([
  [{ deadline: Duration.minutes(8) }, /deadline must be between 50 ms and 7 minutes; got 480000 ms/],
  [{ batchSize: 11 }, /batchSize must be at most 10 without a maxBatchingWindow; got 11/],
  [{ batchSize: 0 }, /batchSize must be a whole number greater than 0; got 0/],
  [{ maxBatchingWindow: Duration.minutes(6) }, /maxBatchingWindow must be at most 5 minutes; got 360 s/],
  [{ maxConcurrency: 1 }, /maxConcurrency must be from 2 to 1,000, which is what SQS takes; got 1/],
  [{ reservedConcurrency: 5 }, /reservedConcurrency \(5\) must not be less than maxConcurrency \(10\).*Lower max/],
  [{ memory: Size.mebibytes(64) }, /memory must be between 128 MiB and 10,240 MiB; got 64 MiB/],
])('[3.9] a wrong option is refused with the value it got: %j', (options, message) => {
  expect(() => asynchronous(options)).toThrow(message);
});

test('a service takes a model or a predictor, not both and not neither', () => {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Other', { model: digits() });
  expect(() => new Asynchronous(stack, 'A', {})).toThrow(/Asynchronous takes either model or predictor; got neither/);
  expect(() => new Asynchronous(stack, 'B', { model: digits(), predictor })).toThrow(/got both/);
  expect(() => new Asynchronous(stack, 'C', { predictor, deadline: Duration.seconds(10) })).toThrow(
    /deadline \(10000 ms\) must be longer than that of the predictor \(10000 ms\)/,
  );
});
