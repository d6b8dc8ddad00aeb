import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { redrive } from '../../bin/jobs/redrive';
import { queuesOf } from '../../bin/jobs/service-queues';
import { clientConfig } from '../../bin/local/target';
import { golden } from './client';
import { deployApp } from './emulator';
import { JobService } from './jobs/job-service';
import { needing } from './needing';

const config = clientConfig(inject('target'));
const client = new SQSClient(config);
let queues = { deadLetterQueue: '', queue: '' };

const message = (job: string) => JSON.stringify({ v: 1, job, owner: 'o', generation: 1, buried: true });

async function put(...bodies: string[]): Promise<void> {
  for (const MessageBody of bodies)
    await client.send(new SendMessageCommand({ QueueUrl: queues.deadLetterQueue, MessageBody }));
}

async function waiting(QueueUrl: string): Promise<number> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

const question = { inputs: golden('models/digits').cases[0]?.inputs ?? [] };

async function asyncDigits(): Promise<JobService> {
  const outputs = await deployApp({ target: inject('target'), folder: inject('folder') }, 'jobs');
  return new JobService(inject('target'), outputs.AsyncDigits ?? {}, 'digits');
}

beforeAll(async () => {
  [queues = queues] = await queuesOf(new CloudFormationClient(config), 'test-local-asynchronous');
});

describe('[3.6] redrive', () => {
  test('a dry run says which jobs wait, and moves none', async () => {
    await put(message('a'), message('b'));
    const { jobs, unknown } = await redrive(client, queues, { limit: Number.POSITIVE_INFINITY, dryRun: true });
    expect({ jobs: [...jobs].sort(), unknown }).toEqual({ jobs: ['a', 'b'], unknown: 0 });
    expect(await waiting(queues.deadLetterQueue)).toBe(2);
  });

  test('as many as asked for are moved, and what names no job stays', async () => {
    const one = await redrive(client, queues, { limit: 1, dryRun: false });
    expect(one.jobs).toHaveLength(1);
    expect(await waiting(queues.deadLetterQueue)).toBe(1);
    await put('not one of ours');
    const rest = await redrive(client, queues, { limit: 10, dryRun: false });
    expect([...one.jobs, ...rest.jobs].sort()).toEqual(['a', 'b']);
    expect(rest.unknown).toBe(1);
    expect(await waiting(queues.deadLetterQueue)).toBe(1);
  });

  needing('iam').test('once the cause is removed, redrive completes what failed for it', async () => {
    const jobs = await asyncDigits();
    const rows = { ...question.inputs[0], shape: [20, 1, 28, 28], data: Array(20 * 784).fill(0.5) };
    const failed = await jobs.without('Worker', 's3:GetObject', async () => {
      const { id } = await jobs.accepted({ inputs: [rows] });
      return jobs.ended(id);
    });
    expect(failed).toMatchObject({ state: 'FAILED', attempts: 3, error: { code: 'ATTEMPTS_EXHAUSTED' } });
    expect(await jobs.deadLetters()).toEqual([failed.id]);
    await redrive(client, jobs.queues, { limit: Number.POSITIVE_INFINITY, dryRun: false });
    await expect.poll(async () => (await jobs.row(failed.id))?.state).toBe('SUCCEEDED');
    expect(await jobs.ended(failed.id)).toMatchObject({ attempts: 1 });
    expect(await jobs.count('DeadLetterQueue')).toBe(0);
  });

  test('a job that no worker ever began with fails, and redrive completes it', async () => {
    const jobs = await asyncDigits();
    await jobs.work(false);
    const { id } = await jobs.accepted(question);
    const row = await jobs.row(id);
    await jobs.purge('Queue');
    // What SQS does with a message that was received too often.
    const MessageBody = JSON.stringify({ v: 1, job: id, owner: row?.owner, generation: 1 });
    await client.send(new SendMessageCommand({ QueueUrl: jobs.outputs.ExhaustedQueueUrl, MessageBody }));
    const failed = await jobs.ended(id);
    expect(failed).toMatchObject({ state: 'FAILED', attempts: 0, error: { code: 'ATTEMPTS_EXHAUSTED' } });
    expect(await jobs.deadLetters()).toEqual([id]);
    await redrive(client, jobs.queues, { limit: Number.POSITIVE_INFINITY, dryRun: false });
    await jobs.work(true);
    await expect.poll(async () => (await jobs.row(id))?.state).toBe('SUCCEEDED');
  });

  test('[7.5] of a service whose jobs several models answer, the queues of each model are found', async () => {
    const found = await queuesOf(new CloudFormationClient(config), 'test-local-asynchronous-horizontal');
    expect(found.map(({ name }) => name).sort()).toEqual(['better', 'fast', 'gather']);
    for (const { deadLetterQueue, queue } of found) expect(await waiting(deadLetterQueue)).toBe(await waiting(queue));
  });

  test('a service without jobs is refused', async () => {
    await expect(queuesOf(new CloudFormationClient(config), 'test-local-iris')).rejects.toThrow(/iris has no jobs/);
  });
});
