import { GetItemCommand, type PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { LastResults } from '../../../lambdas/circuit-break/last-results';
import { CONTRACT_VERSION, type PredictorSuccess } from '../../../lambdas/shared/contract';
import type { Inference } from '../../../lambdas/shared/protocol/tensor';

const INFERENCE: Inference = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: Float32Array.of(1) }],
  outputs: ['y'],
  rows: 1,
};
const QUESTION = { inference: INFERENCE, pair: 'pair-1' };
const answer = (more: Partial<PredictorSuccess> = {}): PredictorSuccess => ({
  v: CONTRACT_VERSION,
  status: 200,
  model: { name: 'm', version: '1', revision: 'model' },
  response: { model_name: 'm', model_version: '1', outputs: [] },
  stages: [],
  ...more,
});

/** What is found of an answer that was kept, or not. */
async function foundOf(success: PredictorSuccess, source: 'asset' | 'pointer' = 'asset', asked = QUESTION) {
  const rows = new Map<string | undefined, PutItemCommand['input']['Item']>();
  const send = async (command: PutItemCommand | GetItemCommand) => {
    if (command instanceof GetItemCommand) return { Item: rows.get(command.input.Key?.id?.S) };
    return rows.set(command.input.Item?.id?.S, command.input.Item);
  };
  const table = { client: { send } as never, name: 'table', failed: () => undefined };
  const results = new LastResults(table, { name: 'm', revision: 'breaker', behind: 'model', source }, 60_000);
  await results.keep(QUESTION, success);
  return results.find(asked);
}

test('[10.2] the last result is what the predictor said, also through a cache, whose marks are of then', async () => {
  expect(await foundOf(answer())).toEqual(answer());
  expect(await foundOf(answer({ marks: { 'x-cache': 'HIT', age: '7' } }))).toEqual(answer());
});

test('[5.3] nor is it told to who is of another pair', async () => {
  expect(await foundOf(answer(), 'asset', { ...QUESTION, pair: 'pair-2' })).toBeUndefined();
});

test.each([
  ['a fallback', { 'x-fallback': 'open' }],
  ['a part', { 'x-partial': 'second' }],
])('[10.2] %s is no result', async (_, marks) => {
  expect(await foundOf(answer({ marks }))).toBeUndefined();
});

test('[10.2] nor is what another release answered; of a pointer the answer says which model it was', async () => {
  expect(await foundOf(answer({ revision: 'another' }))).toBeUndefined();
  expect(await foundOf(answer({ model: { name: 'm', version: '2', revision: 'another' } }))).toBeUndefined();
  expect(await foundOf(answer({ model: { name: 'm', version: '2', revision: 'another' } }), 'pointer')).toBeDefined();
});
