import { EventBus } from 'aws-cdk-lib/aws-events';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { expect, test } from 'vitest';
import { ResultSink } from '../../../lib';
import { newStack } from '../stack';
import { allowed, asynchronous, environmentOf } from './job-stack';

test('[3.8] whoever ends jobs is told of all sinks and may send to them and to nothing else', () => {
  const stack = newStack();
  const topic = new Topic(stack, 'Topic');
  const bus = new EventBus(stack, 'Bus');
  const queue = new Queue(stack, 'Queue');
  const bucket = new Bucket(stack, 'Bucket');
  const sinks = [
    ResultSink.topic(topic),
    ResultSink.eventBus(bus),
    ResultSink.queue(queue),
    ResultSink.bucket(bucket, 'digits/'),
  ];
  const { service, template } = asynchronous({ sinks }, stack);
  const { front, jobs, worker } = service;
  for (const { function: fn, role } of [worker, jobs.sweeper, jobs.deadLetterHandler ?? worker]) {
    const told = JSON.stringify(environmentOf(template, stack.resolve(fn.functionName)).SERVING_JOB_SINKS);
    for (const kind of ['sns', 'eventbridge', 'sqs', 's3']) expect(told).toContain(`\\"kind\\":\\"${kind}\\"`);
    const rights = allowed(template, stack.resolve(role.roleName));
    expect(rights['sns:Publish']).toEqual([stack.resolve(topic.topicArn)]);
    expect(rights['events:PutEvents']).toEqual([stack.resolve(bus.eventBusArn)]);
    expect(rights['sqs:SendMessage']).toContainEqual(stack.resolve(queue.queueArn));
    expect(rights['s3:PutObject']).toContainEqual(stack.resolve(bucket.arnForObjects('digits/*')));
  }
  expect(allowed(template, stack.resolve(front.role.roleName))).not.toHaveProperty('sns:Publish');
  expect(service.monitoring.alarms).toHaveProperty('SinkAlarm');
});

test('sinks that cannot work are refused', () => {
  const stack = newStack();
  expect(() => ResultSink.queue(new Queue(stack, 'Queue', { fifo: true }))).toThrow(/a queue for results must not be/);
  expect(() => ResultSink.topic(new Topic(stack, 'Topic', { fifo: true }))).toThrow(/a topic for results must not be/);
  expect(() => ResultSink.bucket(new Bucket(stack, 'Bucket'), '*')).toThrow(/must not hold "\*".*got "\*"/);
});
