import { expect, test } from 'vitest';
import { decodeInferBody } from '../../../lambdas/predict/http-infer';
import { runStacked } from '../../../lambdas/predict/run-stacked';
import { type Decoded, Failed, type Ran } from '../../../lambdas/predict/steps';
import { poison } from '../../e2e/jobs/poison';
import { predictFunction } from '../function';

/** Requests as they are after decoding, and how often the model ran for them. */
async function decodedFor(name: string, bodies: readonly object[], deadlineMs = Date.now() + 60_000) {
  const { runs, service } = predictFunction(name);
  const model = await service.models.load();
  const before = runs();
  const items: Decoded<undefined>[] = bodies.map((body) => ({
    model,
    inference: decodeInferBody({ body: JSON.stringify(body), headers: {}, isBase64Encoded: false }, model.manifest),
    request: {
      expects: {},
      deadlineMs,
      decode: () => {
        throw new Error('decoded already');
      },
      encode: () => undefined,
    },
  }));
  return { items, runs: () => runs() - before };
}

const values = (ran: Ran<undefined> | Failed) =>
  ran instanceof Failed ? ran.error.code : Array.from(ran.outputs[0]?.data as Float32Array);

test('[3.7] what fits together is one run, and each request gets its own rows back', async () => {
  const { items, runs } = await decodedFor(
    'poison',
    [0, 3, 9, 5].map((index) => poison(index)),
  );
  const ran = await runStacked(items, 64);
  expect(ran.map(values)).toEqual([[10], [310], [910], [510]]);
  expect(ran.map((each) => !(each instanceof Failed) && each.stacked)).toEqual([4, 4, 4, 4]);
  expect(runs()).toBe(1);
});

test('[3.7] no run has more rows than the most, and one that has them alone goes alone', async () => {
  const { items, runs } = await decodedFor(
    'poison',
    [0, 1, 2, 3, 4].map((index) => poison(index)),
  );
  expect((await runStacked(items, 2)).map(values)).toEqual([[10], [110], [210], [310], [410]]);
  expect(runs()).toBe(3);
  const alone = await decodedFor(
    'poison',
    [0, 1].map((index) => poison(index)),
  );
  await runStacked(alone.items, 1);
  expect(alone.runs()).toBe(2);
});

test('[3.6] [3.7] one that fails the run is run alone, and the others have their answers', async () => {
  const { items } = await decodedFor(
    'poison',
    [0, 99, 2].map((index) => poison(index)),
  );
  expect((await runStacked(items, 64)).map(values)).toEqual([[10], 'INTERNAL', [210]]);
});

test('[3.7] a model whose rows are not independent is never stacked', async () => {
  const body = {
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] },
      { name: 'iterations', datatype: 'INT64', shape: [1], data: [1] },
    ],
  };
  const { items, runs } = await decodedFor('slow', [body, body]);
  expect((await runStacked(items, 64)).map(values)).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
  expect(runs()).toBe(2);
});

test('[3.7] texts and whole numbers are stacked too', async () => {
  for (const [name, datatype, rows] of [
    [
      'identity-bytes',
      'BYTES',
      [
        ['a', 'ü'],
        ['', 'z'],
      ],
    ],
    [
      'identity-int64',
      'INT64',
      [
        ['9007199254740993', 1],
        [-5, 0],
      ],
    ],
  ] as const) {
    const bodies = rows.map((data) => ({ inputs: [{ name: 'x', datatype, shape: [1, 2], data }] }));
    const { items, runs } = await decodedFor(name, bodies);
    const ran = await runStacked(items, 64);
    const alone = await Promise.all(items.map((item) => runStacked([item], 1)));
    expect(ran.map(values)).toEqual(alone.map(([each]) => values(each as Ran<undefined>)));
    expect(runs()).toBe(1 + rows.length);
  }
});

test('a request whose deadline has passed is not run, and stops nobody', async () => {
  const late = await decodedFor('poison', [poison(1)], Date.now() - 1);
  const { items } = await decodedFor('poison', [poison(2)]);
  expect((await runStacked([...late.items, ...items], 64)).map(values)).toEqual(['DEADLINE_EXCEEDED', [210]]);
});
