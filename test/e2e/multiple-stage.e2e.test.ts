import { beforeAll, expect, inject, test } from 'vitest';
import { expectOutputs, golden, logLines } from './client';
import { deployApp, type Outputs } from './emulator';
import { JobService } from './jobs/job-service';
import { needing } from './needing';

const target = inject('target');
const fastCase = golden('models/digits-fast');
const better = golden('models/digits');
const question = { inputs: fastCase.cases[0]?.inputs ?? [] };

let outputs: Outputs = {};
let staged: JobService;
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'jobs');
  staged = new JobService(target, outputs.TwoStage ?? {}, 'digits');
});

/** What the answer of the better model is to the question of the fast one, asked without the first stage. */
const labelOf = (tensors: readonly { readonly name: string; readonly data?: readonly unknown[] }[]) =>
  tensors.find(({ name }) => name === 'label')?.data;

test('[11.1] one call returns the first stage and a job, although the second stage cannot begin', async () => {
  await staged.work(false);
  const answer = await staged.submit({ id: 'mine', ...question });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-model-name')).toBe('digits-fast');
  expect(answer.headers.get('x-second-stage')).toBe('PENDING');
  expect(answer.body).toMatchObject({
    model_name: 'digits-fast',
    id: 'mine',
    parameters: { stage: 'first', second_stage: 'PENDING' },
  });
  expectOutputs(answer.body.outputs, fastCase.cases[0]?.outputs ?? [], fastCase.tolerance);
  expect(answer.headers.get('location')).toMatch(new RegExp(`/v2/jobs/${answer.headers.get('x-job-id')}$`));
  await staged.work(true);
});

needing('calledAddress').test('[11.2] where to look for the second stage is given as an address', async () => {
  const { headers } = await staged.submit(question);
  expect(headers.get('location')).toBe(`${staged.url}/v2/jobs/${headers.get('x-job-id')}`);
});

test('[11.2] a later look gives the second stage, with its model, and the first one beside it', async () => {
  const answer = await staged.submit(question);
  const id = answer.headers.get('x-job-id') ?? '';
  const job = await staged.ended(id);
  expect(job).toMatchObject({ id, state: 'SUCCEEDED', model_name: 'digits', model_version: '1.0.0' });
  expect(labelOf(job.result?.outputs ?? [])).toEqual(labelOf(fastCase.cases[0]?.outputs ?? []));
  expect(job).toMatchObject({ first_stage: { model: { name: 'digits-fast' } } });
  expect(better.cases.length).toBeGreaterThan(0);
});

test('[11.4] both stages are compared in one line, and the second never changes the first', async () => {
  const answer = await staged.submit(question);
  const id = answer.headers.get('x-job-id') ?? '';
  await staged.ended(id);
  const compared = async () =>
    [
      ...(await logLines(staged.outputs.WorkerLogGroup ?? '')),
      ...(await logLines(staged.outputs.SubmitLogGroup ?? '')),
    ].filter(({ event, job }) => event === 'stages_compared' && job === id);
  await expect.poll(compared).toHaveLength(1);
  expect((await compared())[0]).toMatchObject({ StageAgreement: 100, firstModel: 'digits-fast' });
  expect((await staged.row(id))?.firstStage?.response?.outputs).toEqual(answer.body.outputs);
});

needing('iam').test('[11.3] the second stage fails: the first one stays, the job says FAILED', async () => {
  const large = { inputs: [{ ...question.inputs[0], shape: [20, 1, 28, 28], data: Array(20 * 784).fill(0.5) }] };
  await staged.without('Worker', 's3:GetObject', async () => {
    const answer = await staged.submit(large);
    expect(answer.status).toBe(200);
    const job = await staged.ended(answer.headers.get('x-job-id') ?? '');
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'ATTEMPTS_EXHAUSTED' } });
    expect(job).toMatchObject({ first_stage: { model: { name: 'digits-fast' } } });
  });
  await staged.purge('DeadLetterQueue');
});

needing('iam').test(
  '[11.3] the first stage fails: the second is queued all the same, and the answer says so',
  async () => {
    const answer = await staged.without('Submit', 'lambda:InvokeFunction', () => staged.submit(question));
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ first_stage_error: { code: 'UNAVAILABLE' } });
    // As it was when the answer was written: a worker may have been quick.
    expect(answer.headers.get('x-second-stage')).toMatch(/^(PENDING|RUNNING|SUCCEEDED)$/);
    expect((await staged.ended(answer.body.id)).state).toBe('SUCCEEDED');
  },
);

needing('iam').test('[11.3] the queue refuses: the first stage, and UNAVAILABLE for the second', async () => {
  const answer = await staged.without('Submit', 'sqs:SendMessage', () => staged.submit(question));
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ parameters: { second_stage: 'UNAVAILABLE' } });
  expect(answer.headers.get('x-second-stage')).toBe('UNAVAILABLE');
  expect(answer.headers.get('location')).toBeNull();
  expectOutputs(answer.body.outputs, fastCase.cases[0]?.outputs ?? [], fastCase.tolerance);
});
