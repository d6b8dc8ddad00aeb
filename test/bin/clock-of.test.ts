import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clockOf } from '../../bin/caches/clock-of';

const XML = '<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>';

/** A client to which AWS answers at this moment of its own. */
async function clockAt(aheadMs: number): Promise<number> {
  const headers = { date: new Date(Date.now() + aheadMs).toUTCString(), 'content-type': 'text/xml' };
  const handle = async () => ({ response: { statusCode: 200, headers, body: Buffer.from(XML) } });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new CloudFormationClient({ region: 'us-east-1', credentials, requestHandler: { handle } as never });
  const now = clockOf(client);
  await client.send(new DescribeStacksCommand({}));
  return now() - Date.now();
}

const HOUR = 3_600_000;

beforeEach(() => {
  // An answer says whole seconds.
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T10:00:00.900Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

test('[8.6] an invalidation is a moment on the clocks of AWS, whatever the time of the operator is', async () => {
  expect(await clockAt(0)).toBe(0);
  for (const ahead of [HOUR, -HOUR]) {
    const corrected = await clockAt(ahead);
    expect(corrected).toBeGreaterThanOrEqual(ahead);
    expect(corrected).toBeLessThanOrEqual(ahead + 1000);
  }
});
