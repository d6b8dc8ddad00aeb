import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { redrive } from '../../bin/jobs/redrive';
import { queuesOf } from '../../bin/jobs/service-queues';
import { clientConfig } from '../../bin/local/target';

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

beforeAll(async () => {
  queues = await queuesOf(new CloudFormationClient(config), 'test-local-asynchronous');
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

  test('a service without jobs is refused', async () => {
    await expect(queuesOf(new CloudFormationClient(config), 'test-local-iris')).rejects.toThrow(/iris has no jobs/);
  });
});
