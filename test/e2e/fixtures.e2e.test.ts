import { setTimeout as sleep } from 'node:timers/promises';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import { isSampled } from '../../lambdas/shared/telemetry/payload-log';
import { call, expectOutputs, golden, infer, iterationsPerSecond, logLineOf, logLines, slowRequest } from './client';
import { needing } from './needing';
import { TIMED } from './timed';

const { endpointUrl } = inject('target');
const fixtures = inject('fixtures');
const urlOf = (stack: string): string => `${endpointUrl}${fixtures[stack]?.Path}`;
const logsOf = (stack: string): string => fixtures[stack]?.LogGroup ?? '';

describe('[2.2] a predictor that is slower than its deadline of two seconds', () => {
  test('delayed by D answers after D at the earliest', async () => {
    const url = urlOf('test-slow');
    const perSecond = await iterationsPerSecond(url);
    const delayed = await infer(url, 'slow', slowRequest(perSecond * 0.4));
    expect(delayed.status).toBe(200);
    const ran = Number((await logLineOf(logsOf('test-slow'), delayed.headers.get('x-request-id'))).modelLatencyMs);
    expect(ran).toBeGreaterThan(100);
    expect(delayed.ms).toBeGreaterThanOrEqual(ran);
  });

  needing('integrationTimeout').test(
    '[X.4] delayed past the deadline is a 504 by the front, and the next request is fine',
    TIMED,
    async () => {
      const url = urlOf('test-slow');
      const perSecond = await iterationsPerSecond(url);
      const late = await infer(url, 'slow', slowRequest(perSecond * 30));
      expect(late.status).toBe(504);
      expect(late.body).toMatchObject({ code: 'DEADLINE_EXCEEDED', requestId: expect.any(String) });
      expect(late.ms).toBeGreaterThanOrEqual(1990);
      expect(late.ms).toBeLessThan(2200);
      // The run ends by the function's timeout, a second after the deadline; then its capacity is back.
      await sleep(1500);
      expect((await infer(url, 'slow', slowRequest(1))).status).toBe(200);
    },
  );
});

describe('[2.3] at the concurrency limit', () => {
  const url = urlOf('test-limited');
  const exceed = async () => {
    const perSecond = await iterationsPerSecond(url);
    const running = infer(url, 'slow', slowRequest(perSecond * 3));
    await sleep(700);
    return { refused: await infer(url, 'slow', slowRequest(1)), first: await running };
  };

  needing('throttledFunctions').test(
    'the next request gets a prompt 503, and later ones are served',
    TIMED,
    async () => {
      const { refused, first } = await exceed();
      expect(refused.status).toBe(503);
      expect(first.status).toBe(200);
      expect(refused.ms).toBeLessThan(first.ms / 2);
      expect((await infer(url, 'slow', slowRequest(1))).status).toBe(200);
    },
  );

  needing('throttledFunctions', 'gatewayResponses').test('that 503 has our shape, and Retry-After', async () => {
    const { refused } = await exceed();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ code: 'UNAVAILABLE', requestId: expect.any(String) });
  });
});

test('[1.2] concurrent requests are served by several environments', async () => {
  const url = urlOf('test-wide');
  const perSecond = await iterationsPerSecond(url);
  const answers = await Promise.all(Array.from({ length: 4 }, () => infer(url, 'slow', slowRequest(perSecond))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const ids = await Promise.all(
    answers.map(({ headers }) => logLineOf(logsOf('test-wide'), headers.get('x-request-id'))),
  );
  expect(new Set(ids.map(({ environment }) => environment)).size).toBeGreaterThan(1);
});

needing('throttle', 'gatewayResponses').describe('[X.9] the throttle of the gateway', () => {
  test('refuses what is over rate and burst with 429 and Retry-After, and no function runs', async () => {
    const url = urlOf('test-throttled');
    const before = (await logLines(logsOf('test-throttled'))).length;
    const answers = await Promise.all(Array.from({ length: 12 }, () => call<{ code: string }>(`${url}/v2`)));
    const refused = answers.filter(({ status }) => status === 429);
    const served = answers.filter(({ status }) => status === 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(served.length).toBeGreaterThan(0);
    expect(served.length + refused.length).toBe(12);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(refused[0]?.headers.get('access-control-allow-origin')).toBe('https://example.org');
    expect(refused[0]?.body.code).toBe('THROTTLED');
    const after = (await logLines(logsOf('test-throttled'))).filter(({ operation }) => operation).length;
    expect(after - before).toBeLessThanOrEqual(served.length);
  });
});

describe('a chain of two predictors through predictTask', () => {
  const sfn = new SFNClient({ ...clientConfig(inject('target')), disableHostPrefix: true });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const run = (input: { requestId: string; request: unknown }) =>
    sfn.send(
      new StartSyncExecutionCommand({
        stateMachineArn: fixtures['test-chain']?.MachineArn,
        input: JSON.stringify({ traceparent, ...input }),
      }),
    );

  // On a busy machine two environments can take longer to start than a prediction has.
  beforeAll(async () => {
    await run({ requestId: 'chain-start', request: { inputs: golden('models/iris').cases[0]?.inputs } });
  });

  test('[X.5] gives what the two models give one after the other, under one request id and trace', async () => {
    const { cases, tolerance } = golden('models/iris');
    const requestId = 'chain-test-1';
    const { status, output, cause } = await run({ requestId, request: { inputs: cases[0]?.inputs } });
    expect(status, cause).toBe('SUCCEEDED');
    const answer = JSON.parse(output ?? '{}');
    const probabilities = cases[0]?.outputs.find(({ name }) => name === 'probabilities')?.data as number[];
    const rows = probabilities.length / 3;
    const score = Array.from(
      { length: rows },
      (_, row) => (probabilities[row * 3 + 1] ?? 0) * 0.5 + (probabilities[row * 3 + 2] ?? 0),
    );
    expectOutputs(
      answer.response.outputs,
      [{ name: 'score', datatype: 'FP32', shape: [rows, 1], data: score }],
      tolerance,
    );
    expect(answer.model).toMatchObject({ name: 'label-to-score', revision: expect.any(String) });
    expect(answer.stages[0].endMs).toBeGreaterThanOrEqual(answer.stages[0].startMs);
    for (const logs of ['IrisLogs', 'ScoreLogs']) {
      expect(await logLineOf(fixtures['test-chain']?.[logs] ?? '', requestId)).toMatchObject({
        operation: 'invoke',
        status: 200,
        traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[\da-f]{16}-01$/),
      });
    }
  });

  test('[X.10] both log the payload of the same half of the requests, without what is redacted', async () => {
    const { cases } = golden('models/iris');
    const ids = Array.from({ length: 8 }, (_, index) => `chain-payload-${index}`);
    for (const requestId of ids) await run({ requestId, request: { inputs: cases[0]?.inputs } });
    for (const name of ['IrisLogs', 'ScoreLogs']) {
      const logs = fixtures['test-chain']?.[name] ?? '';
      await logLineOf(logs, ids[7] ?? '');
      const lines = (await logLines(logs)).filter(({ requestId = '' }) => ids.includes(requestId));
      const payloads = lines.filter(({ event }) => event === 'payload');
      expect(lines.length - payloads.length).toBe(ids.length);
      // Two environments write in an order of their own.
      expect(payloads.map(({ requestId }) => requestId).sort()).toEqual(ids.filter((id) => isSampled(id, 0.5)));
      const redacted = payloads.map(({ inputs }) => (inputs as { redacted?: boolean }[])[0]?.redacted);
      expect(new Set(redacted)).toEqual(new Set([name === 'IrisLogs' ? true : undefined]));
    }
  });

  test('an input that the first refuses never reaches the second', async () => {
    const requestId = 'chain-test-2';
    const { status } = await run({ requestId, request: { inputs: [] } });
    expect(status).toBe('FAILED');
    expect(await logLineOf(fixtures['test-chain']?.IrisLogs ?? '', requestId)).toMatchObject({ status: 400 });
    expect((await logLines(fixtures['test-chain']?.ScoreLogs ?? '')).some((line) => line.requestId === requestId)).toBe(
      false,
    );
  });
});
