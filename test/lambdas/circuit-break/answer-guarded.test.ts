import { describe, expect, test } from 'vitest';
import { type ErrorCode, HEADERS } from '../../../lambdas/shared/contract';
import { ServingError } from '../../../lambdas/shared/errors';
import { INFER } from '../function';
import { breakerFunction } from './breaker-function';
import { SETTINGS } from './breaker-model';

const rows = (count: number) => ({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [count, 4], data: Array(count).fill([5.1, 3.5, 1.4, 0.2]) }],
});
const parameters = { model: 'iris' };
type Fn = ReturnType<typeof breakerFunction>;
const ask = (fn: Fn, count = 1) => fn.post(INFER, rows(count), { parameters });
const reason = (answer: { headers: Record<string, string> }) => answer.headers[HEADERS.fallback];
const failure = (code: ErrorCode, cause?: Error) => new ServingError(code, 'it failed', { cause });
const throttle = Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });

describe('what a caller gets', () => {
  test('[10.3] the answer of the predictor, without a mark, as long as it answers', async () => {
    const fn = breakerFunction();
    const answer = await ask(fn, 3);
    expect([answer.statusCode, reason(answer)]).toEqual([200, undefined]);
    expect(fn.asked).toHaveLength(1);
    expect(fn.log).toHaveLength(1);
  });

  test('[10.2] a constant for each row, marked, with the id of the request', async () => {
    const fn = breakerFunction();
    fn.weather.full = true;
    const answer = await fn.post(INFER, { id: 'mine', ...rows(3) }, { parameters });
    expect([answer.statusCode, reason(answer)]).toEqual([200, 'concurrency']);
    expect(answer.json).toMatchObject({
      id: 'mine',
      outputs: [
        { name: 'label', shape: [3], data: [2, 2, 2] },
        { name: 'probabilities', shape: [3, 3], data: [0, 0, 1, 0, 0, 1, 0, 0, 1] },
      ],
    });
    expect(fn.asked).toHaveLength(0);
  });

  test('[10.2] of a constant only the outputs that were asked for', async () => {
    const fn = breakerFunction();
    fn.weather.full = true;
    const answer = await fn.post(INFER, { ...rows(1), outputs: [{ name: 'label' }] }, { parameters });
    expect(answer.json.outputs).toEqual([{ name: 'label', datatype: 'INT64', shape: [1], data: [2] }]);
    const byRow = await fn.post('/predict', { instances: [[5.1, 3.5, 1.4, 0.2]] });
    expect(byRow.json.predictions).toMatchObject([{ label: 2 }]);
    expect(reason(byRow)).toBe('concurrency');
  });

  test('[10.2] without a fallback a refusal is a 503 with Retry-After, and a failure the predictor’s own', async () => {
    const fn = breakerFunction({ kind: 'refuse' });
    fn.weather.full = true;
    const refused = await ask(fn);
    expect(refused).toMatchObject({ statusCode: 503, json: { code: 'UNAVAILABLE' } });
    expect(refused.headers[HEADERS.retryAfter]).toBe('1');
    fn.weather.full = false;
    fn.weather.error = failure('BAD_GATEWAY');
    expect(await ask(fn)).toMatchObject({ statusCode: 502, json: { code: 'BAD_GATEWAY' } });
    for (let i = 1; i < SETTINGS.minimumCalls; i++) await ask(fn);
    const open = await ask(fn);
    expect(open.statusCode).toBe(503);
    expect(open.headers[HEADERS.retryAfter]).toBe('5');
  });

  test('[10.2] a fallback that fails too: what the predictor said', async () => {
    const fn = breakerFunction({ kind: 'predictor', predictor: 'other', deadlineMs: 100 });
    fn.weather.error = failure('DEADLINE_EXCEEDED');
    expect(await ask(fn)).toMatchObject({ statusCode: 504, json: { code: 'DEADLINE_EXCEEDED' } });
  });
});

describe('whose fault it is', () => {
  test.each<[string, ServingError, string | undefined, boolean]>([
    ['it failed', failure('INTERNAL'), 'failed', true],
    ['it broke', failure('BAD_GATEWAY'), 'failed', true],
    ['it is not ready', failure('MODEL_NOT_READY'), 'failed', true],
    ['it cannot be reached', failure('UNAVAILABLE'), 'failed', true],
    ['it did not answer', failure('DEADLINE_EXCEEDED'), 'slow', true],
    ['it had no place', failure('UNAVAILABLE', throttle), 'concurrency', false],
    ['the request is wrong', failure('INVALID_VALUE'), undefined, false],
    ['the request is too large', failure('PAYLOAD_TOO_LARGE'), undefined, false],
    ['nobody can do that', failure('NOT_IMPLEMENTED'), undefined, false],
    ['the tensors are of another pair', failure('PAIR_MISMATCH'), undefined, false],
  ])('[10.5] %s', async (_, error, mark, opens) => {
    const fn = breakerFunction();
    fn.weather.slowCallMs = 500;
    fn.weather.error = error;
    const answers = [];
    for (let i = 0; i < SETTINGS.minimumCalls; i++) answers.push(await ask(fn));
    expect(answers.map(reason)).toEqual(Array(SETTINGS.minimumCalls).fill(mark));
    if (mark === undefined) expect(answers[0]?.statusCode).toBe(error.status);
    fn.weather.error = undefined;
    expect(reason(await ask(fn))).toBe(opens ? 'open' : undefined);
  });

  test('[10.5] a caller who would not wait as long as a slow call takes says nothing of the predictor', async () => {
    const fn = breakerFunction();
    fn.weather.slowCallMs = 45_000;
    fn.weather.error = failure('DEADLINE_EXCEEDED');
    for (let i = 0; i < SETTINGS.minimumCalls; i++) expect(reason(await ask(fn))).toBe('slow');
    fn.weather.error = undefined;
    expect(reason(await ask(fn))).toBeUndefined();
  });
});
