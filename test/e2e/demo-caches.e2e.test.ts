import path from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, test } from 'vitest';
import { main } from '../../bin/commands/command-line';
import { predictOnce } from '../../bin/local/demo';
import { clientConfig, targetAt } from '../../bin/local/target';
import { toolkitAt } from '../../bin/local/workspace';
import { keyOf } from '../../lambdas/shared/breaker/table-client';
import { BREAKER_TABLE } from '../../lambdas/shared/contract';
import { RecordedTerminal } from '../bin/terminal';
import { golden, infer } from './client';

const demo = inject('demo');
const config = path.join(inject('folder'), 'demo/serving.yaml');

async function rowOf(name: string) {
  const service = demo.services[name];
  if (!service) throw new Error(`no demo service ${name}`);
  const [row] = await predictOnce({ ...demo, services: { [name]: service } }, config, 'local');
  return row;
}

describe('the demo shows a miss, then a hit', () => {
  test('[8.1] of answers', async () => {
    const row = await rowOf('prediction-cache');
    expect(row).toMatchObject({ ok: true, pattern: 'prediction-cache' });
    expect(row?.answer).toMatch(/^\S+ \([\d.]+\), MISS, then HIT in \d+ ms$/);
  });

  test('[9.1] of data, which it has put into the store', async () => {
    const row = await rowOf('data-cache');
    expect(row).toMatchObject({ ok: true, input: expect.stringContaining('id') });
    expect(row?.answer).toMatch(/data 0\/1 from the cache, then data 1\/1 from the cache in \d+ ms$/);
  });
});

/** The command line, as an operator has it. */
async function operate(...args: string[]): Promise<{ code: number; said: string }> {
  const terminal = new RecordedTerminal();
  const code = await main([...args, '--config', config, '--endpoint', demo.endpointUrl], {
    toolkit: toolkitAt(process.cwd()),
    cwd: process.cwd(),
    env: process.env,
    signal: new AbortController().signal,
    terminal,
  });
  return { code, said: terminal.stdout + terminal.stderr };
}

test('[8.6] [8.8] an operator invalidates from the command line; a service without a cache is refused', async () => {
  const { url = '' } = demo.services['prediction-cache'] ?? {};
  const question = { inputs: golden('models/digits').cases[0]?.inputs };
  const mark = async () => (await infer(url, 'digits', question)).headers.get('x-cache');
  await mark();
  expect(await mark()).toBe('HIT');
  expect(await operate('invalidate', 'prediction-cache')).toEqual({
    code: 0,
    said: expect.stringContaining('Everything of the model digits in the cache of prediction-cache is invalid.'),
  });
  // What environments remember they answer with for ten seconds more.
  await expect.poll(mark, { interval: 1000 }).toBe('MISS');
  expect(await operate('invalidate', 'iris')).toEqual({
    code: 2,
    said: expect.stringContaining('iris has no cache of its own: its pattern is web-single.'),
  });
});

test('[10.5] an operator opens a breaker from the command line, closes it and gives it back', async () => {
  const name = 'prediction-circuit-break';
  const { resources, url = '' } = demo.services[name] ?? {};
  const question = { inputs: golden('models/digits').cases[0]?.inputs };
  const fallback = async () => (await infer(url, 'digits', question)).headers.get('x-fallback');
  const seen = (mark: string | null) => expect.poll(fallback, { timeout: 20_000, interval: 1000 }).toBe(mark);
  await seen(null);
  expect((await operate('breaker', name)).said).toContain(': CLOSED');
  expect((await operate('breaker', name, 'open')).said).toContain(': FORCED_OPEN by an operator');
  await seen('open');
  expect((await operate('breaker', name, 'close')).said).toContain(': FORCED_CLOSED by an operator');
  await seen(null);
  expect((await operate('breaker', name, 'auto')).said).toContain(': CLOSED');
  // A row that nobody can read is none that anybody waits for.
  const dynamo = new DynamoDBClient(clientConfig(targetAt(demo.endpointUrl)));
  const TableName = Object.entries(resources ?? {}).find(([role]) => /breakerTable$/i.test(role))?.[1];
  const Item = { ...keyOf(BREAKER_TABLE.breaker), state: { S: 'BROKEN' }, version: { S: 'one' } };
  await dynamo.send(new PutItemCommand({ TableName, Item }));
  await seen(null);
  expect(await operate('breaker', name)).toEqual({ code: 2, said: expect.stringContaining('has it begin anew') });
  expect((await operate('breaker', name, 'auto')).said).toContain(': CLOSED');
  expect((await operate('breaker', 'iris')).said).toContain('iris has no breaker: its pattern is web-single.');
});
