import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import type { HttpErrorBody, InferResponse, WireTensor } from '../../lambdas/shared/contract';
import { type Answer, golden, infer, invocations, logLines, post, warmedUp } from './client';
import { deployApp, type Outputs } from './emulator';
import { direct } from './graphs/direct';
import { needing } from './needing';
import { TIMED } from './timed';

const target = inject('target');
let outputs: Outputs = {};
let perSecond = { slow: 0, poison: 0 };
const output = (stack: string, name: string) => outputs[stack]?.[name] ?? '';
const urlOf = (stack: string, id: string) => `${target.endpointUrl}${output(stack, `${id}Path`)}`;

type GraphAnswer = Answer<InferResponse & HttpErrorBody>;
interface Stage {
  readonly name: string;
  readonly status: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
}
const stagesOf = ({ body }: GraphAnswer) => (body.parameters?.stages ?? []) as Stage[];
const stage = (answer: GraphAnswer, name: string) => stagesOf(answer).find((each) => each.name === name);
const lasted = ({ endMs, startMs }: Stage) => endMs - startMs;
const values = ({ body }: GraphAnswer, name: string) => body.outputs?.find((each) => each.name === name)?.data ?? [];
const canvas = (at = 0) => golden('models/digits-locate').cases[at]?.inputs[0] as WireTensor & { data: number[] };
const image = (at = 0) => golden('models/digits').cases[at]?.inputs[0] as WireTensor & { data: number[] };
const page = JSON.parse(readFileSync('examples/transforms/paper/example.json', 'utf8'));
const scan = JSON.parse(readFileSync('examples/transforms/archive/example.json', 'utf8'));
const wire = (tensor: WireTensor) => ({ [tensor.name]: { shape: tensor.shape, data: tensor.data ?? [] } });

/** Requests that a predictor answered, or refused. */
const asked = (stack: string, id: string) => invocations(output(stack, `${id}Logs`));

/** Seconds that each stage shall take, and whether the second fails. */
function slowly(seconds: { one?: number; two?: number; three?: number }, index = 1) {
  const tensor = (name: string, data: number[], shape: number[], datatype = 'INT64') => ({
    name,
    datatype,
    shape,
    data,
  });
  const runs = (name: 'one' | 'two' | 'three') => [
    Math.max(1, Math.round((seconds[name] ?? 0) * (name === 'two' ? perSecond.poison : perSecond.slow))),
  ];
  return {
    inputs: [
      tensor('x', [1, 2, 3, 4], [1, 4], 'FP32'),
      tensor('one', runs('one'), [1]),
      tensor('two', runs('two'), [1]),
      tensor('three', runs('three'), [1]),
      tensor('index', [index], [1]),
    ],
  };
}
/** A run that nobody waits for any more goes on until its function's timeout, and keeps a processor busy. */
const untilFree = () => sleep(5000);

const vertical = (body: object) => infer(urlOf('GraphSlow', 'Vertical'), 'slow-vertical', body);
const horizontal = (id: string, body: object) => infer(urlOf('GraphSlow', id), 'slow-horizontal', body);

beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'graphs');
  for (const [stack, id, modelName, body] of [
    ['GraphDigits', 'Vertical', 'digits-vertical', { inputs: [canvas()] }],
    ['GraphDigits', 'Nested', 'digits-nested', { inputs: [canvas()] }],
    ['GraphDigits', 'Horizontal', 'digits-all', { inputs: [image()] }],
    ['Preprocess', 'Chain', 'digits', page],
    ['Preprocess', 'Proxied', 'digits', scan],
  ] as const) {
    await warmedUp(() => infer(urlOf(stack, id), modelName, body));
  }
  await warmedUp(() => vertical(slowly({})));
  // How many iterations take a second, as the stages themselves see it.
  for (let iterations = 20_000, tries = 0; perSecond.slow === 0; tries++) {
    perSecond = { slow: iterations, poison: iterations };
    const answer = await vertical(slowly({ one: 1, two: 1 }));
    // Functions that start take their time on a small machine.
    if (answer.status !== 200 && tries > 10) throw new Error(JSON.stringify(answer.body));
    const [slow = 0, poison = 0] = answer.status === 200 ? stagesOf(answer).map(lasted) : [];
    const isLong = Math.min(slow, poison) > 200;
    perSecond = isLong
      ? { slow: (iterations / slow) * 1000, poison: (iterations / poison) * 1000 }
      : { slow: 0, poison: 0 };
    if (answer.status === 200 && !isLong) iterations *= 2;
  }
});

describe('vertical', () => {
  test('[6.1] [6.2] stages run in strict order, each with what the one before gave, and all their results are there', async () => {
    const answer = await infer(urlOf('GraphDigits', 'Vertical'), 'digits-vertical', { inputs: [canvas()] });
    expect(answer.status).toBe(200);
    const found = await direct('digits-locate', wire(canvas()));
    const classified = await direct('digits-fast', { image: { shape: [1, 1, 28, 28], data: found.image ?? [] } });
    expect(values(answer, 'locate.corner')).toEqual(found.corner);
    expect(values(answer, 'fast.label')).toEqual(classified.label);
    expect(values(answer, 'label')).toEqual(classified.label);
    const [first, second] = stagesOf(answer) as [Stage, Stage];
    expect([first.name, second.name]).toEqual(['locate', 'fast']);
    expect(second.startMs).toBeGreaterThanOrEqual(first.endMs);
    expect(answer.headers.get('x-model-name')).toBe('digits-vertical');
  });

  test('[6.3] only the branch that the result chose is asked', async () => {
    const before = await asked('GraphDigits', 'Better');
    const sure = await infer(urlOf('GraphDigits', 'Vertical'), 'digits-vertical', { inputs: [canvas()] });
    expect(stagesOf(sure).map(({ name }) => name)).toEqual(['locate', 'fast']);
    expect(await asked('GraphDigits', 'Better')).toBe(before);
    expect(Math.max(...(values(sure, 'fast.probabilities') as number[]))).toBeGreaterThan(0.9);
    const blank = { ...canvas(), data: Array(64 * 64).fill(0) };
    const other = await infer(urlOf('GraphDigits', 'Vertical'), 'digits-vertical', { inputs: [blank] });
    expect(Math.max(...(values(other, 'fast.probabilities') as number[]))).toBeLessThan(0.9);
    expect(stagesOf(other).map(({ name }) => name)).toEqual(['locate', 'fast', 'better']);
    expect(values(other, 'label')).toEqual(values(other, 'better.label'));
    expect(await asked('GraphDigits', 'Better')).toBe(before + 1);
  });

  test('[6.4] it takes the sum of its stages', async () => {
    const answer = await vertical(slowly({ one: 0.4, two: 0.4, three: 0.4 }));
    expect(answer.status).toBe(200);
    const times = stagesOf(answer).map(lasted);
    // All of them compute, as long as they do on a machine whose speed changes.
    expect(Math.min(...times)).toBeGreaterThan(50);
    expect(answer.ms).toBeGreaterThanOrEqual(times.reduce((sum, each) => sum + each, 0));
  });

  test('[6.4] a stage that hangs ends with what is left, named, within the deadline and a second', TIMED, async () => {
    const answer = await vertical(slowly({ one: 1, two: 60 }));
    expect(answer.status).toBe(504);
    expect(answer.body).toMatchObject({ code: 'DEADLINE_EXCEEDED', stage: 'two' });
    expect(answer.ms).toBeLessThan(9000);
    expect(answer.ms).toBeGreaterThan(4000);
    await untilFree();
  });

  test('[6.5] a stage that fails is named, and those behind it are not asked', async () => {
    const before = await asked('GraphSlow', 'Three');
    const answer = await vertical(slowly({}, 99));
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'INTERNAL', stage: 'two' });
    expect(answer.body.outputs).toBeUndefined();
    expect(await asked('GraphSlow', 'Three')).toBe(before);
  });

  test('[6.5] what the client got wrong is refused before any stage is asked', async () => {
    const before = await asked('GraphDigits', 'Locate');
    const body = { inputs: [{ ...canvas(), shape: [1, 1, 64, 63] }] };
    const answer = await infer(urlOf('GraphDigits', 'Vertical'), 'digits-vertical', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'INVALID_SHAPE', field: 'inputs[0].shape' });
    expect(await asked('GraphDigits', 'Locate')).toBe(before);
  });

  test('[6.7] state that Step Functions cannot carry goes by reference, and answers the same', async () => {
    const rows = 40;
    const s3 = new S3Client(clientConfig(target));
    const objects = async () => {
      const list = new ListObjectsV2Command({ Bucket: output('GraphDigits', 'NestedBucket') });
      return ((await s3.send(list)).Contents ?? []).map(({ Key = '' }) => Key);
    };
    const { data, ...spec } = canvas();
    const many = { ...spec, shape: [rows, 1, 64, 64], data: Array.from({ length: rows }, () => data).flat() };
    const alone = await infer(urlOf('GraphDigits', 'Nested'), 'digits-nested', { inputs: [canvas()] });
    const before = await objects();
    const answer = await infer(urlOf('GraphDigits', 'Nested'), 'digits-nested', {
      inputs: [many],
      outputs: [{ name: 'label' }],
    });
    expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(200);
    expect(values(answer, 'label')).toEqual(Array(rows).fill(values(alone, 'label')[0]));
    const made = (await objects()).filter((key) => !before.includes(key));
    const names = made.map((key) => key.split('/').slice(2).join('/'));
    expect(names).toEqual(expect.arrayContaining(['request', 'locate']));
  });
});

describe('horizontal', () => {
  test('[7.2] each model has its status and its result', async () => {
    const answer = await infer(urlOf('GraphDigits', 'Horizontal'), 'digits-all', { inputs: [image()] });
    expect(answer.status).toBe(200);
    for (const [name, model] of [
      ['fast', 'digits-fast'],
      ['better', 'digits'],
      ['linear', 'digits-linear'],
    ] as const) {
      const alone = await direct(model, wire(image()));
      expect(values(answer, `${name}.label`)).toEqual(alone.label);
      expect(stage(answer, name)).toMatchObject({ status: 200 });
    }
  });

  test('[7.2] horizontal in vertical: the average of three models on what another found, as ONNX Runtime gives it', async () => {
    for (const at of [0, 1, 2]) {
      const answer = await infer(urlOf('GraphDigits', 'Nested'), 'digits-nested', { inputs: [canvas(at)] });
      const found = await direct('digits-locate', wire(canvas(at)));
      const crop = { image: { shape: [1, 1, 28, 28], data: found.image ?? [] } };
      const each = await Promise.all(['digits-fast', 'digits', 'digits-linear'].map((name) => direct(name, crop)));
      const mean = Array.from({ length: 10 }, (_, digit) =>
        each.reduce((sum, { probabilities = [] }) => sum + (probabilities[digit] ?? 0) / 3, 0),
      );
      const got = values(answer, 'probabilities') as number[];
      for (const [digit, value] of mean.entries()) expect(got[digit]).toBeCloseTo(value, 4);
      expect(values(answer, 'label')).toEqual([mean.indexOf(Math.max(...mean))]);
      expect(stagesOf(answer).map(({ name }) => name)).toEqual(
        expect.arrayContaining(['locate', 'ensemble/fast', 'ensemble/better', 'ensemble/linear']),
      );
    }
  });

  test('[7.1] models run at the same time: their times overlap', TIMED, async () => {
    const question = slowly({ one: 1.5, two: 1.5, three: 1.5 });
    // The first time environments start, and those that a function has not got yet begin late.
    await horizontal('Partial', question);
    const answer = await horizontal('Partial', question);
    expect(answer.status).toBe(200);
    const stages = stagesOf(answer);
    expect(stages).toHaveLength(3);
    const firstStart = Math.min(...stages.map(({ startMs }) => startMs));
    const lastEnd = Math.max(...stages.map(({ endMs }) => endMs));
    // One after the other they would take all of their times.
    expect(lastEnd - firstStart).toBeLessThan(stages.reduce((sum, each) => sum + lasted(each), 0));
  });

  test('[7.1] it takes as long as the slowest, not the sum', TIMED, async () => {
    // One that computes and others that do not: on a machine with few cores more would wait for one another.
    const answer = await horizontal('Partial', slowly({ three: 1 }));
    expect(answer.status).toBe(200);
    expect(answer.ms - lasted(stage(answer, 'three') as Stage)).toBeLessThan(2500);
  });

  test('[7.3] one fails: the others are the answer, which says so', async () => {
    const answer = await horizontal('Partial', slowly({}, 99));
    expect(answer.status).toBe(200);
    expect(answer.body.parameters).toMatchObject({ partial: true });
    expect(answer.headers.get('x-partial')).toBe('two');
    expect(stage(answer, 'two')).toMatchObject({ status: 500, error: { code: 'INTERNAL' } });
    expect(answer.body.outputs.map(({ name }) => name)).toEqual(['one.y', 'one.ran', 'three.y', 'three.ran']);
  });

  test('[7.3] one hangs: the others are the answer within the deadline', TIMED, async () => {
    const answer = await horizontal('Partial', slowly({ one: 60 }));
    expect(answer.status).toBe(200);
    expect(answer.ms).toBeLessThan(10_500);
    await untilFree();
    expect(answer.headers.get('x-partial')).toBe('one');
    expect(stage(answer, 'one')).toMatchObject({ status: 503, error: { code: 'DEADLINE_EXCEEDED' } });
  });

  test('[7.3] fewer than the quorum: 503', async () => {
    const answer = await horizontal('Partial', slowly({ three: 60 }, 99));
    expect(answer.status).toBe(503);
    expect(answer.body.error).toBe('Of 3 steps 2 must answer, and 1 did.');
    await untilFree();
  });

  test.each(['Wait', 'Fail'])('[7.3] policy %s: one that fails, fails the whole, and is named', async (policy) => {
    const answer = await horizontal(policy, slowly({}, 99));
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'INTERNAL', stage: 'two' });
    expect((await horizontal(policy, slowly({}))).status).toBe(200);
  });
});

describe('preprocessing', () => {
  const chain = (body: object) => infer(urlOf('Preprocess', 'Chain'), 'digits', body);
  const proxied = (body: object) => infer(urlOf('Preprocess', 'Proxied'), 'digits', body);

  test('[5.1] chain and proxied answer as the code and the model in one process do', async () => {
    const { default: transform } = await import(`${process.cwd()}/examples/transforms/paper/index.mjs`);
    const paper = { ...page.inputs[0], data: Uint8Array.from(page.inputs[0].data) };
    const { image: made } = transform({ paper }, {});
    const reference = await direct('digits', { image: { shape: made.shape, data: [...made.data] } });
    for (const answer of [await chain(page), await proxied(scan)]) {
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      expect(values(answer, 'label')).toEqual(reference.label);
      const got = values(answer, 'probabilities') as number[];
      for (const [digit, value] of (reference.probabilities ?? []).entries()) expect(got[digit]).toBeCloseTo(value, 4);
    }
  });

  test('[5.5] corrupt input is refused by the preprocessing; the model is not asked', async () => {
    const before = await asked('Preprocess', 'Model');
    const blank = { inputs: [{ ...page.inputs[0], data: Array(56 * 56).fill(255) }] };
    const answer = await chain(blank);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'INVALID_REQUEST', field: 'paper', stage: 'preprocess' });
    const unknown = await proxied({ inputs: [{ ...scan.inputs[0], data: ['no-scan'] }] });
    expect(unknown.status).toBe(400);
    expect(unknown.body).toMatchObject({ code: 'INVALID_REQUEST', stage: 'retrieve' });
    expect(await asked('Preprocess', 'Model')).toBe(before);
  });

  test('[5.6] time and bytes of each stage are metrics', async () => {
    await chain(page);
    await proxied(scan);
    await sleep(500);
    for (const [group, names] of [
      ['ChainLogGroup', ['preprocess', 'predict']],
      ['ProxiedLogGroup', ['retrieve', 'preprocess', 'predict']],
    ] as const) {
      const lines = (await logLines(output('Preprocess', group))).filter(({ event }) => event === 'stage');
      for (const name of names) {
        const line = lines.findLast((each) => each.stage === name);
        expect(line).toMatchObject({
          StageLatency: expect.any(Number),
          StageBytes: expect.any(Number),
          StageErrors: 0,
        });
        expect(line?.StageBytes).toBeGreaterThan(0);
        expect(JSON.stringify(line?._aws)).toContain('"stage"');
      }
    }
  });

  // What is taken away here is gone: these come last, from the model to the front.
  const lambda = new LambdaClient(clientConfig(target));
  const takeAway = (id: string) =>
    lambda.send(new DeleteFunctionCommand({ FunctionName: output('Preprocess', `${id}Function`) }));

  test('[5.4] the model is down: 503 within the deadline, from its stage', async () => {
    await takeAway('Model');
    for (const answer of [await chain(page), await proxied(scan)]) {
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({ code: 'UNAVAILABLE', stage: 'predict' });
      expect(answer.ms).toBeLessThan(7000);
    }
  });

  test('[5.4] the preprocessing is down, then the data: 503 from their stages', async () => {
    await takeAway('ProxiedPreprocess');
    expect((await proxied(scan)).body).toMatchObject({ code: 'UNAVAILABLE', stage: 'preprocess' });
    await takeAway('Retrieve');
    const answer = await proxied(scan);
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'UNAVAILABLE', stage: 'retrieve' });
  });

  needing('gatewayResponses').test(
    '[5.4] the preprocessing that is the front itself is down: 5xx in the shape of ours',
    async () => {
      await takeAway('Chain');
      const answer = await post<HttpErrorBody>(`${urlOf('Preprocess', 'Chain')}/v2/models/digits/infer`, page);
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(answer.body.error).toEqual(expect.any(String));
    },
  );
});
