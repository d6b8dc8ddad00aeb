import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assemblyDigest, readStacks, withoutStack } from '../../bin/local/assembly';

async function assembly(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'assembly-'));
  await mkdir(join(dir, 'assembly-Stage'));
  await mkdir(join(dir, 'asset.1'));
  const files: Record<string, unknown> = {
    'manifest.json': {
      artifacts: {
        iris: { type: 'aws:cloudformation:stack', properties: { templateFile: 'iris.template.json' } },
        'iris.assets': { type: 'cdk:asset-manifest' },
        'assembly-Stage': { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Stage' } },
      },
    },
    'iris.template.json': { Resources: { A: { Type: 'AWS::SQS::Queue' } } },
    'iris.assets.json': { files: { abc: {} } },
    'tree.json': { version: 1 },
    'asset.1/data.template.json': { not: 'ours' },
    'assembly-Stage/manifest.json': {
      artifacts: {
        inner: {
          type: 'aws:cloudformation:stack',
          properties: { templateFile: 'i.template.json', stackName: 'Stage-i' },
        },
      },
    },
    'assembly-Stage/i.template.json': { Resources: {} },
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(dir, name), JSON.stringify(content));
  }
  return dir;
}

test('stacks with their templates, those of stages too', async () => {
  const stacks = await readStacks(await assembly());
  expect(stacks.map(({ name }) => name)).toEqual(['iris', 'Stage-i']);
  expect(stacks[0]?.template.Resources?.A?.Type).toBe('AWS::SQS::Queue');
});

test('the digest changes with templates and asset hashes, and with nothing else', async () => {
  const dir = await assembly();
  const before = await assemblyDigest(dir);
  await writeFile(join(dir, 'tree.json'), '{"version": 2}');
  await writeFile(join(dir, 'asset.1', 'data.template.json'), '{}');
  expect(await assemblyDigest(dir)).toBe(before);
  await writeFile(join(dir, 'iris.assets.json'), '{"files": {"def": {}}}');
  expect(await assemblyDigest(dir)).not.toBe(before);
});

test('of a failed app only the messages are left', () => {
  const output = `/p/app.js:12
    throw new Error('serving.yaml:3: unknown key');
    ^

Error: serving.yaml:3: unknown key "modle"
  did you mean "model"?
    at load (/p/app.js:12:11)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)

Node.js v20.20.2`;
  expect(withoutStack(output)).toBe('Error: serving.yaml:3: unknown key "modle"\n  did you mean "model"?');
});
