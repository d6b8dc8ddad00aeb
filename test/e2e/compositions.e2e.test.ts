import * as fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { Endpoints } from '../../bin/local/endpoints';
import type { WireTensor } from '../../lambdas/shared/contract';
import { classified } from '../compositions/reference';
import { configurationOf, modelsIn, servingFileOf, type Tree, trees } from '../compositions/trees';
import { golden, infer, warmedUp } from './client';
import { deployConfiguration } from './emulator';
import { direct } from './graphs/direct';

// Each model is a function: small compositions, and few of them but in a soak.
const SMALL = { count: process.env.SOAK ? 12 : 3, least: 2, most: 4 };
const random = fc
  .sample(trees, { seed: 11, numRuns: 500 })
  .filter((tree) => modelsIn(tree) >= SMALL.least && modelsIn(tree) <= SMALL.most)
  .slice(0, SMALL.count);

const image = (at: number) => golden('models/digits').cases[at]?.inputs[0] as WireTensor & { data: number[] };
const canvas = (at: number) => golden('models/digits-locate').cases[at]?.inputs[0] as WireTensor & { data: number[] };
const asked = ({ data, shape }: WireTensor & { data: number[] }) => ({ shape, data });

/** Horizontal inside vertical inside a cache. */
const ensemble: Tree = {
  kind: 'horizontal',
  aggregation: 'mean',
  parts: [
    { kind: 'model', name: 'digits-fast' },
    { kind: 'model', name: 'digits' },
    { kind: 'model', name: 'digits-linear' },
  ],
};
const nested = {
  pattern: 'prediction-cache',
  predictor: {
    pattern: 'microservice-vertical',
    stages: [
      { name: 'locate', predictor: 'models/digits-locate' },
      { name: 'ensemble', predictor: configurationOf(ensemble) },
    ],
  },
};

let services: Endpoints['services'] = {};

beforeAll(async () => {
  const file = JSON.parse(servingFileOf('compositions', random));
  file.services.nested = nested;
  ({ services } = await deployConfiguration(
    { target: inject('target'), folder: inject('folder') },
    'compositions',
    JSON.stringify(file),
  ));
  for (const name of Object.keys(services)) {
    await warmedUp(() => inferred(name, name === 'nested' ? canvas(2) : image(0)));
  }
});

function inferred(service: string, input: WireTensor) {
  const { model = '', url = '' } = services[service] ?? {};
  return infer(url, model, { inputs: [input] });
}

async function ask(service: string, input: WireTensor) {
  const answer = await inferred(service, input);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  const values = (name: string) => answer.body.outputs.find((each) => each.name === name)?.data as number[];
  return { answer, label: Number(values('label')[0]), probabilities: values('probabilities') };
}

function expectSame(got: { label: number; probabilities: readonly number[] }, expected: typeof got) {
  expect(got.probabilities).toHaveLength(expected.probabilities.length);
  for (const [digit, value] of expected.probabilities.entries()) expect(got.probabilities[digit]).toBeCloseTo(value, 4);
  expect(got.label).toBe(expected.label);
}

test('horizontal inside vertical inside a cache, from configuration alone, answers as ONNX Runtime does', async () => {
  for (const at of [0, 1]) {
    const found = await direct('digits-locate', { canvas: asked(canvas(at)) });
    const expected = await classified(ensemble, { shape: [1, 1, 28, 28], data: found.image ?? [] });
    for (const mark of ['MISS', 'HIT']) {
      const got = await ask('nested', canvas(at));
      expect(got.answer.headers.get('x-cache')).toBe(mark);
      expectSame(got, expected);
    }
  }
});

describe('random compositions answer as ONNX Runtime does', () => {
  test.each(random.map((tree, at) => [JSON.stringify(tree), tree, `t${at}`] as const))('%s', async (_, tree, name) => {
    for (const at of [0, 1, 2]) {
      expectSame(await ask(name, image(at)), await classified(tree, asked(image(at))));
    }
  });
});
