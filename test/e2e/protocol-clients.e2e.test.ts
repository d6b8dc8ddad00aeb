import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, test } from 'vitest';
import { DATATYPES } from '../../lambdas/shared/contract';
import { golden, infer } from './client';
import { deployApp } from './emulator';
import { needing } from './needing';

const run = promisify(execFile);
const target = inject('target');
const folder = inject('folder');
const urls = new Map<string, string>();

beforeAll(async () => {
  const stacks = await deployApp({ target, folder }, 'protocol');
  const outputs = Object.assign({}, ...Object.values(stacks)) as Record<string, string>;
  for (const datatype of DATATYPES) {
    urls.set(`identity-${datatype.toLowerCase()}`, `${target.endpointUrl}${outputs[`Path${datatype}`]}`);
  }
  for (const name of ['iris', 'digits']) urls.set(name, inject('demo').services[name]?.url ?? '');
});

needing('binaryAnswers').describe("NVIDIA's Python client", () => {
  let python = '';
  beforeAll(async () => {
    const venv = path.join(folder, 'triton-client');
    await run('python3', ['-m', 'venv', venv]);
    python = path.join(venv, 'bin/python');
    await run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', 'tritonclient[http]==2.73.0']);
  });

  test('metadata, readiness, and equal answers through JSON and bytes: iris, digits and every datatype', async () => {
    const services = [...urls].map(([model, url]) => {
      const folderOf = model.startsWith('identity-') ? 'test/fixtures/models' : 'models';
      const { cases, tolerance } = golden(`${folderOf}/${model}`);
      return { url: url.replace('http://', ''), model, tolerance, cases };
    });
    const client = run(python, ['test/e2e/triton_client.py'], { timeout: 150_000 });
    client.child.stdin?.end(JSON.stringify(services));
    const answers = (await client).stdout.trim().split('\n');
    const checks = answers.map((line) => JSON.parse(line) as { model: string; checks: number });
    expect(checks.map(({ model }) => model)).toEqual([...urls.keys()]);
    for (const { checks: count } of checks) expect(count).toBeGreaterThanOrEqual(4);
  });
});

test('what a caller of the API is told of CORS comes with every answer', async () => {
  const url = urls.get('identity-fp32') ?? '';
  for (const data of [[1, 2], [1]]) {
    const { headers } = await infer(url, 'identity-fp32', {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data }],
    });
    expect(headers.get('access-control-allow-origin')).toBe('https://example.org');
    expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
  }
});

/** All of them wait at the same time; of those beyond the concurrency limit each is sent again until it is answered. */
const REQUESTS = process.env.SOAK ? 2000 : 200;

test(`${REQUESTS} requests at once: every answer belongs to its own question`, { timeout: 600_000 }, async () => {
  const url = urls.get('identity-fp32') ?? '';
  const wrong: unknown[] = [];
  const ask = async (number: number) => {
    const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [number, -number] };
    for (let attempt = 1; ; attempt++) {
      const { body, headers, status } = await infer(url, 'identity-fp32', { id: `${number}`, inputs: [x] });
      if (![429, 503].includes(status) || attempt === 200) {
        const [y] = body.outputs ?? [];
        const right = status === 200 && body.id === `${number}` && y?.data?.[0] === number && y.data[1] === -number;
        if (!right) wrong.push({ number, status, body });
        return;
      }
      // As a client should: when it is told to, and not all at once.
      await sleep(Number(headers.get('retry-after')) * 1000 * (1 + Math.random() * Math.min(attempt, 10)));
    }
  };
  await Promise.all(Array.from({ length: REQUESTS }, (_, number) => ask(number)));
  expect(wrong).toEqual([]);
});
