import { describe, expect, test } from 'vitest';
import { ServingError } from '../../../lambdas/shared/errors';
import { ASKED, answered, asking, failed, fanOut } from './fan-out-service';

describe('[7.5] a job of which nothing that was asked for is there', () => {
  test('fails with the reason of the model whose outputs they are, at once and for good', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const made = await service.job({ fast: answered(3), better: failed() }, asking('better.label'));
    const { failures, job } = await service.gather(made);
    expect(failures).toBe(0);
    expect(job).toMatchObject({
      state: 'FAILED',
      error: { code: 'ATTEMPTS_EXHAUSTED', message: 'tried 3 times', stage: 'better' },
    });
  });

  test('where they are an aggregate, with the reason of the first of its models that failed', async () => {
    const tensors = { label: { step: 'better', tensor: 'label' } };
    const service = fanOut(
      { fast: {}, better: {} },
      {
        aggregates: { models: { kind: 'mean', of: 'label', members: [{ name: 'better', weight: 1, tensors }] } },
        outputs: { 'better.label': { first: [{ aggregate: 'models', tensor: 'label' }] } },
      },
    );
    const { job } = await service.gather(await service.job({ fast: answered(3), better: failed() }));
    expect(job).toMatchObject({ state: 'FAILED', error: { stage: 'better' } });
  });

  test('is tried again where only the store does not answer', async () => {
    const service = fanOut({ fast: {}, better: {} });
    service.gatherer.payloads.get = async () => {
      throw new ServingError('UNAVAILABLE', 'The payload could not be read.');
    };
    const input = { ...asking().input, inline: undefined, ref: { key: 'jobs/1/input', bytes: 10 } };
    const made = await service.job({ fast: answered(3), better: failed() }, { input } as object);
    const { failures, job } = await service.gather(made);
    expect(failures).toBe(1);
    expect(job.state).toBe('RUNNING');
  });

  test('with one of two it is that one, and marked', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const { job } = await service.gather(await service.job({ fast: answered(3), better: failed() }));
    expect(job.state).toBe('SUCCEEDED');
    expect(JSON.parse(Buffer.from(job.output?.inline ?? []).toString())).toMatchObject({
      parameters: { partial: true },
      outputs: [{ name: 'fast.label', data: [3] }],
    });
  });
});

test('[7.5] the failure that ends a job at once: times are told of the models that have settled, and of no other', async () => {
  const hard = { isHard: true, endsAll: true };
  const service = fanOut({ fast: hard, better: hard, linear: hard });
  const running = { state: 'RUNNING', startedAt: service.clock.now - 100 } as const;
  const made = await service.job({ fast: failed(), better: running, linear: {} });
  const { job } = await service.gather(made);
  expect(job).toMatchObject({ state: 'FAILED', error: { stage: 'fast' } });
  const latencies = service.log.flatMap((line) => ('StageLatency' in line ? [[line.stage, line.StageLatency]] : []));
  expect(latencies).toEqual([['fast', 50]]);
});

describe('[7.5] a request that a worker has read', () => {
  const large = (service: ReturnType<typeof fanOut>) => {
    service.payloads.get = async () => {
      throw new Error('the input was read');
    };
    return { operation: 'infer', headers: { accept: '*/*' }, ref: { key: 'uploads/1', bytes: 1e8 } } as const;
  };

  test('is not read again, however large it is: the answer is as it was asked for', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const asked = { id: 'mine', outputs: ['better.label'], rows: 1, binaryOutputs: [] };
    const members = { fast: answered(3), better: answered(4) };
    const { job } = await service.gather(await service.job(members, { input: large(service), asked }));
    const { id, outputs } = JSON.parse(Buffer.from(job.output?.inline ?? []).toString());
    expect({ id, outputs }).toMatchObject({ id: 'mine', outputs: [{ name: 'better.label', data: [4] }] });
  });

  test('as bytes, and as rows', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const asked = { outputs: ['fast.label', 'better.label'], rows: 1, binaryOutputs: ['better.label'] };
    const members = { fast: answered(3), better: answered(4) };
    const input = large(service);
    const { job: bytes } = await service.gather(await service.job(members, { input, asked }));
    expect(bytes.output).toMatchObject({ headerLength: expect.any(Number) });
    const ofRows = { input: { ...input, operation: 'predictRows' } as const, asked };
    const { job: rows } = await service.gather(await service.job(members, ofRows));
    expect(JSON.parse(Buffer.from(rows.output?.inline ?? []).toString())).toMatchObject({
      predictions: [{ 'fast.label': 3, 'better.label': 4 }],
    });
  });

  test('leaves in the row what it asks for', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const made = await service.job({ fast: { attempts: 0 }, better: {} });
    expect(await service.deliver('fast', made)).toBe(0);
    expect(await service.table.get(made.id)).toMatchObject({ asked: ASKED, members: { fast: { state: 'SUCCEEDED' } } });
  });
});
