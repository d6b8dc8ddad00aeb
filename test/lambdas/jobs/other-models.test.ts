import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../../lambdas/shared/http/answer';
import { principalOf } from '../../../lambdas/shared/http/principal';
import type { Job } from '../../../lambdas/shared/jobs/job';
import { ownerOf } from '../../../lambdas/shared/jobs/job-id';
import { retryJob } from '../../../lambdas/submit/retry-job';
import type { Front } from '../../../lambdas/submit/service';
import { gatewayEvent } from '../function';
import { manifestOf } from '../manifest';
import { answered, failed, fanOut } from './fan-out-service';

describe('[7.5] [X.6] jobs that were accepted for other models than there are by now', () => {
  test('one that was removed is not waited for', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const { clock, table } = service;
    const running = { state: 'RUNNING', claim: 'c', startedAt: clock.now - 10, leaseUntil: clock.now + 1000 } as const;
    const made = await service.job({ fast: answered(3), better: running, removed: {} });
    const view = (await service.memberTable('better').get(made.id)) as Job;
    const { model, output } = answered(4);
    expect(await service.memberTable('better').succeed(view, { model, output })).toMatchObject({ sinkPending: true });
    expect(await service.sweep(made)).toBe(true);
    expect(service.sent).toMatchObject([{ to: 'gather', message: { job: made.id } }]);
    const { job } = await service.gather((await table.get(made.id)) as Job);
    expect(job).toMatchObject({ state: 'SUCCEEDED', members: { removed: { state: 'PENDING' } } });
  });

  test('where all were renamed, the job fails instead of waiting for its expiry', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const { job } = await service.gather(await service.job({ quick: answered(3), good: {} }));
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'UNAVAILABLE' } });
  });

  test('one that was added takes the message and does nothing, and so does its dead-letter function', async () => {
    const service = fanOut({ fast: {}, added: {} });
    const made = await service.job({ fast: { state: 'RUNNING', leaseUntil: service.clock.now + 1000 } });
    const before = await service.table.get(made.id);
    expect(await service.deliver('added', made)).toBe(0);
    expect(await service.giveUp('added', made)).toBe(0);
    expect(service.sent).toEqual([]);
    expect(await service.table.get(made.id)).toEqual(before);
  });

  test('retried, it is a job of the models that there are', async () => {
    const route = gatewayEvent('POST', '/v2/jobs/{job}/retry') as APIGatewayProxyEvent;
    const event = { ...route, requestContext: { ...route.requestContext, path: route.path } };
    const service = fanOut({ fast: {}, added: {} });
    const { payloads, table } = service;
    const owner = ownerOf(principalOf(event));
    const made = await service.job({ fast: answered(3), removed: failed() }, { owner, state: 'FAILED', ttl: 1e12 });
    const front = {
      ...{ members: ['fast', 'added'], enqueue: async () => undefined, env: { jobTimeoutMs: 1000 } },
      ...{ manifest: manifestOf('digits'), payloads, table, log: service.gatherer.log },
    } as unknown as Front;
    const request = { event: { ...event, pathParameters: { job: made.id } } } as unknown as HttpRequest;
    expect(await retryJob(request, front)).toMatchObject({ status: 202 });
    const waiting = { state: 'PENDING', attempts: 0 };
    expect((await table.get(made.id))?.members).toEqual({ fast: waiting, added: waiting });
  });
});
