import { readFileSync } from 'node:fs';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { Endpoints } from '../../bin/local/endpoints';
import { clientConfig } from '../../bin/local/target';
import type { WireTensor } from '../../lambdas/shared/contract';
import { classified } from '../compositions/reference';
import {
  type Composition,
  compositions,
  configurationOf,
  modelsIn,
  servingFileOf,
  type Tree,
} from '../compositions/trees';
import { golden, infer, warmedUp } from './client';
import { deployConfiguration } from './emulator';
import { direct } from './graphs/direct';

// Each model is a function: small compositions, and few of them but in a soak.
const SMALL = { count: process.env.SOAK ? 12 : 3, least: 2, most: 4 };
const sampled = fc.sample(compositions, { seed: 11, numRuns: 500 });
const askedWith = (...questions: Composition['question'][]) =>
  sampled.filter(({ question }) => questions.includes(question));
const random = [
  ...askedWith('image')
    .filter(({ tree }) => modelsIn(tree) >= SMALL.least && modelsIn(tree) <= SMALL.most)
    .slice(0, SMALL.count),
  // What makes the image of something else, and a cache around it that stands before a breaker.
  ...(['paper', 'scan', 'id'] as const).flatMap((question) =>
    askedWith(question)
      .filter(({ around, tree }) => `${around}` === 'breaker,cache' && modelsIn(tree) <= SMALL.least)
      .slice(0, SMALL.count / 3),
  ),
];

type Image = WireTensor & { data: number[] };
const image = (at: number) => golden('models/digits').cases[at]?.inputs[0] as Image;
const canvas = (at: number) => golden('models/digits-locate').cases[at]?.inputs[0] as Image;
const asked = ({ data, shape }: Image) => ({ shape, data });
const scans = Object.keys(JSON.parse(readFileSync('examples/transforms/archive/scans.json', 'utf8')));

/** What a client sends, and the image that it is of. */
async function questionOf(
  question: Composition['question'],
  at: number,
): Promise<[WireTensor, ReturnType<typeof asked>]> {
  if (question === 'image') return [image(at), asked(image(at))];
  const transform = async (name: string, input: object) =>
    (await import(`${process.cwd()}/examples/transforms/${name}/index.mjs`)).default(input, {});
  if (question === 'id') return [idOf(`digit-${at}`), asked(image(at))];
  const id = idOf(scans[at % scans.length] as string);
  const { paper } = await transform('archive', { id });
  const { image: made } = await transform('paper', { paper });
  const shown = { shape: made.shape, data: [...made.data] };
  if (question === 'scan') return [id, shown];
  return [{ name: 'paper', datatype: 'UINT8', shape: paper.shape, data: [...paper.data] }, shown];
}
const idOf = (id: string): WireTensor => ({ name: 'id', datatype: 'BYTES', shape: [1], data: [id] });

/** Puts the images into the tables of those that are asked with ids. */
async function storeImages(): Promise<void> {
  const config = clientConfig(inject('target'));
  const dynamo = new DynamoDBClient(config);
  for (const [at, { question }] of random.entries()) {
    if (question !== 'id') continue;
    const StackName = `compositions-local-t${at}`;
    const stack = await new CloudFormationClient(config).send(new ListStackResourcesCommand({ StackName }));
    const tables = stack.StackResourceSummaries?.filter(({ ResourceType }) =>
      ResourceType?.startsWith('AWS::DynamoDB'),
    );
    const store = tables?.find(({ LogicalResourceId }) => LogicalResourceId?.includes('DataTable'));
    for (const row of QUESTIONS) {
      const Item = marshall({ id: `digit-${row}`, image: image(row).data });
      await dynamo.send(new PutItemCommand({ TableName: store?.PhysicalResourceId, Item }));
    }
  }
}
const QUESTIONS = [0, 1, 2];

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
  cacheTimeout: '3s',
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
  await storeImages();
  await warmedUp(() => inferred('nested', canvas(2)));
  for (const [at, { question }] of random.entries()) {
    const [input] = await questionOf(question, 0);
    await warmedUp(() => inferred(`t${at}`, input));
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
  test('there are some of every kind of question', () => {
    expect([...new Set(random.map(({ question }) => question))].sort()).toEqual(['id', 'image', 'paper', 'scan']);
    expect(random).toHaveLength(2 * SMALL.count);
  });

  const named = random.map((composition, at) => [JSON.stringify(composition), composition, `t${at}`] as const);
  test.each(named)('%s', async (_, { around, question, tree }, name) => {
    for (const at of QUESTIONS) {
      const [input, shown] = await questionOf(question, at);
      const expected = await classified(tree, shown);
      expectSame(await ask(name, input), expected);
      if (around.at(-1) !== 'cache') continue;
      const again = await ask(name, input);
      expect(again.answer.headers.get('x-cache')).toBe('HIT');
      expectSame(again, expected);
    }
  });
});
