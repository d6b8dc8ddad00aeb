import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import type { HttpRequest } from '../../../lambdas/shared/http/answer';
import type { Job, Member } from '../../../lambdas/shared/jobs/job';
import type { Front } from '../../../lambdas/submit/service';
import { submit } from '../../../lambdas/submit/submit';
import { gatewayEvent, INFER } from '../function';
import { answered, failed, fanOut } from './fan-out-service';

/** What a client is told that waits for a job whose models end so, and which asks for bytes. */
async function waitedFor(members: Readonly<Record<string, Partial<Member>>>) {
  const service = fanOut({ fast: {}, better: {} });
  const { gatherer, memory, payloads, table } = service;
  const body = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }],
    parameters: { binary_data_output: true },
  };
  const headers = { Prefer: 'wait=5', Accept: 'application/octet-stream, application/json' };
  const route = gatewayEvent('POST', INFER, { body, headers }) as APIGatewayProxyEvent;
  const event = { ...route, requestContext: { ...route.requestContext, path: route.path } };
  const front = {
    ...{ members: ['fast', 'better'], manifest: gatherer.manifest, payloads, table, log: gatherer.log },
    env: { service: 's', deadlineMs: 10_000, maxBodyBytes: 1e6, inlineBytes: 1e6, jobTimeoutMs: 1e6, retentionMs: 1e6 },
    enqueue: async ({ id }: Job) => {
      await memory.update(id, { set: { members }, when: (row) => row.is('id', id) });
      await service.gather((await table.get(id)) as Job);
    },
  } as unknown as Front;
  const request = { event, requestId: 'r', traceparent: 't' } as HttpRequest;
  return submit('infer', request, front);
}

test('[7.3] [7.5] an answer of bytes that is without a model says so in its header, as the synchronous form does', async () => {
  const partial = await waitedFor({ fast: answered(3), better: failed() });
  expect(partial).toMatchObject({ status: 200, headers: { 'x-partial': 'better' } });
  expect(partial).toHaveProperty('headerLength', expect.any(Number));
  const whole = await waitedFor({ fast: answered(3), better: answered(4) });
  expect(whole.status).toBe(200);
  expect(whole.headers).not.toHaveProperty('x-partial');
});
