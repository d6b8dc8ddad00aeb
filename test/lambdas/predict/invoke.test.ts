import { describe, expect, it } from 'vitest';
import { CONTRACT_VERSION, GRAPH_PREFIX, type PredictorAnswer } from '../../../lambdas/shared/contract';
import { predictFunction } from '../function';

const iris = predictFunction('iris');
const request = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [[5.1, 3.5, 1.4, 0.2]] }] };
const call = (changes: object = {}) => ({
  v: CONTRACT_VERSION,
  requestId: 'request-7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  deadlineMs: Date.now() + 60_000,
  request,
  ...changes,
});

describe('direct invoke', () => {
  it('answers with the response, the identity of the model and its stage', async () => {
    const before = Date.now();
    const answer = (await iris.invoke(call({ model: { name: 'iris', version: '1.0.0' } }))) as PredictorAnswer;
    expect(answer).toEqual({
      v: 1,
      status: 200,
      model: { name: 'iris', version: '1.0.0', revision: expect.any(String) },
      response: {
        model_name: 'iris',
        model_version: '1.0.0',
        outputs: [
          { name: 'label', datatype: 'INT64', shape: [1], data: [0] },
          { name: 'probabilities', datatype: 'FP32', shape: [1, 3], data: expect.any(Array) },
        ],
      },
      stages: [
        { name: 'iris', startMs: expect.any(Number), endMs: expect.any(Number), bytes: 16 + 8 + 12, status: 200 },
      ],
    });
    const [stage] = 'stages' in answer ? answer.stages : [];
    expect(stage?.startMs).toBeGreaterThanOrEqual(before);
    expect(stage?.endMs).toBeGreaterThanOrEqual(stage?.startMs ?? Number.NaN);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });

  it('[X.5] is one log line under the caller’s request id and trace', async () => {
    const line = iris.log.at(-1);
    expect(line).toMatchObject({ operation: 'invoke', requestId: 'request-7', status: 200, rows: 1 });
    expect(line?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[\da-f]{16}-01$/);
  });

  it('the id comes back; whole numbers beyond 2^53 come back as text', async () => {
    const fn = predictFunction('identity-int64');
    const x = { name: 'x', datatype: 'INT64', shape: [1, 2], data: ['9007199254740993', 5] };
    const answer = await fn.invoke(call({ request: { id: 'i', inputs: [x] } }));
    expect(answer).toMatchObject({ response: { id: 'i', outputs: [{ data: ['9007199254740993', 5] }] } });
    const lost = { ...x, data: [2 ** 53 + 2, 5] };
    const refused = await fn.invoke(call({ request: { inputs: [lost] } }));
    expect(refused).toMatchObject({ error: { code: 'INVALID_VALUE', field: 'inputs[0].data[0]' } });
  });

  it.each([
    ['another version of the message', { v: 2 }, 400, 'INVALID_REQUEST', 'v'],
    ['no version', { v: undefined }, 400, 'INVALID_REQUEST', 'v'],
    ['what caches are told, and no text', { cacheControl: 5 }, 400, 'INVALID_REQUEST', 'cacheControl'],
    ['a caller who is no text', { principal: { admin: true } }, 400, 'INVALID_REQUEST', 'principal'],
    ['no deadline', { deadlineMs: undefined }, 400, 'INVALID_REQUEST', 'deadlineMs'],
    ['no request', { request: undefined }, 400, 'INVALID_REQUEST', undefined],
    ['a wrong tensor', { request: { inputs: [{ name: 'x' }] } }, 400, 'UNKNOWN_TENSOR', 'inputs[0].name'],
    ['another model', { model: { name: 'rose' } }, 404, 'MODEL_NOT_FOUND', undefined],
    ['another model version', { model: { version: '2.0.0' } }, 404, 'MODEL_NOT_FOUND', undefined],
    ['a model that is no object', { model: 'iris' }, 400, 'INVALID_REQUEST', 'model'],
    [
      'a claim check where there is no store',
      { request: undefined, requestRef: { key: `${GRAPH_PREFIX}k`, sha256: '', bytes: 1 } },
      501,
      'NOT_IMPLEMENTED',
      'requestRef',
    ],
    [
      'a claim check for what is no payload',
      { request: undefined, requestRef: { key: 'k', sha256: '', bytes: 1 } },
      400,
      'INVALID_REQUEST',
      'requestRef',
    ],
    ['a deadline that passed', { deadlineMs: Date.now() - 1 }, 504, 'DEADLINE_EXCEEDED', undefined],
  ])('%s is returned as a failure, and the model is not run', async (_, changes, status, code, field) => {
    const before = iris.runs();
    const answer = await iris.invoke(call(changes));
    expect(answer).toMatchObject({ v: 1, status, model: { name: 'iris' }, error: { code } });
    expect((answer as { error: { field?: string } }).error.field).toBe(field);
    expect(iris.runs()).toBe(before);
  });

  it('what is no request at all is refused', async () => {
    for (const event of [{ hello: 1 }, [1], 'text', 7]) {
      expect(await iris.invoke(event)).toMatchObject({ status: 400, error: { field: 'v' } });
    }
  });

  it('a model that is not ready is thrown under its code, so that a workflow tries again', async () => {
    const fn = predictFunction('iris', { manifest: { sha256: '0'.repeat(64) } });
    await expect(fn.invoke(call())).rejects.toMatchObject({
      name: 'MODEL_NOT_READY',
      message: 'The model is not ready.',
    });
  });
});
