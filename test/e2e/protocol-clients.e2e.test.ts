import { execFile } from 'node:child_process';
import path from 'node:path';
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

test('every one of many requests at once gets the answer to its own question', async () => {
  const url = urls.get('identity-fp32') ?? '';
  const total = process.env.SOAK ? 2000 : 200;
  let next = 0;
  const wrong: unknown[] = [];
  const client = async () => {
    for (let number = next++; number < total; number = next++) {
      const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [number, -number] };
      const { body, status } = await infer(url, 'identity-fp32', { id: `${number}`, inputs: [x] });
      const [y] = body.outputs ?? [];
      const right = status === 200 && body.id === `${number}` && y?.data?.[0] === number && y.data[1] === -number;
      if (!right) wrong.push({ number, status, body });
    }
  };
  // Each of them starts an environment of its own, all on this machine.
  await Promise.all(Array.from({ length: 6 }, client));
  expect(wrong).toEqual([]);
});
