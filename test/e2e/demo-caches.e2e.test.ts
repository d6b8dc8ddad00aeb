import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { main } from '../../bin/commands/command-line';
import { predictOnce } from '../../bin/local/demo';
import { toolkitAt } from '../../bin/local/workspace';
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

test('[8.6] [8.8] an operator invalidates from the command line; a service without a cache is refused', async () => {
  const { url = '' } = demo.services['prediction-cache'] ?? {};
  const question = { inputs: golden('models/digits').cases[0]?.inputs };
  const mark = async () => (await infer(url, 'digits', question)).headers.get('x-cache');
  await mark();
  expect(await mark()).toBe('HIT');
  const said: string[] = [];
  const run = (service: string) =>
    main(['invalidate', service, '--config', config, '--endpoint', demo.endpointUrl], {
      toolkit: toolkitAt(process.cwd()),
      cwd: process.cwd(),
      env: process.env,
      signal: new AbortController().signal,
      terminal: {
        out: (text) => said.push(text),
        err: (text) => said.push(text),
        columns: undefined,
        interactive: false,
      },
    });
  expect(await run('prediction-cache'), said.join('')).toBe(0);
  expect(said.join('')).toContain('Everything of the model digits in the cache of prediction-cache is invalid.');
  // What environments remember they answer with for ten seconds more.
  await expect.poll(mark, { timeout: 30_000, interval: 1000 }).toBe('MISS');
  expect(await run('iris')).toBe(2);
  expect(said.join('')).toContain('iris has no cache of its own: its pattern is web-single.');
});
