import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adaptTemplates } from '../../bin/local/adapt-templates';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'adapt-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const definition = (percentage: number) =>
  JSON.stringify({ Type: 'Map', ToleratedFailurePercentage: percentage, Label: 'MiniJobs' });

/** The text of a state machine once its template was adapted. */
async function adapted(kind: 'embedded' | 'localstack', percentage: number): Promise<string> {
  const file = path.join(folder, 'nested', 'stack.template.json');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ DefinitionString: { 'Fn::Join': ['', [definition(percentage), 'arn']] } }));
  await adaptTemplates(folder, { kind });
  return JSON.parse(readFileSync(file, 'utf8')).DefinitionString['Fn::Join'][1][0];
}

test('a whole percentage of tolerated failures is a fraction for LocalStack, of the same value', async () => {
  const text = await adapted('localstack', 60);
  expect(text).toContain('"ToleratedFailurePercentage":60.0,');
  expect(JSON.parse(text)).toEqual(JSON.parse(definition(60)));
  expect(await adapted('localstack', 20.5)).toBe(definition(20.5));
});

test('it is uploaded under a hash of its own, and what is in assets stays as it is', async () => {
  const text = JSON.stringify({ DefinitionString: definition(60) });
  const former = 'a'.repeat(64);
  mkdirSync(path.join(folder, 'asset.1'));
  const files = {
    'stack.template.json': text,
    'stack.assets.json': JSON.stringify({ files: { [former]: { source: { path: 'stack.template.json' } } } }),
    'manifest.json': JSON.stringify({ url: `s3://assets/${former}.json` }),
    'asset.1/own.template.json': text,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  await adaptTemplates(folder, { kind: 'localstack' });
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const hash = createHash('sha256').update(read('stack.template.json')).digest('hex');
  expect(read('stack.template.json')).not.toBe(text);
  expect(Object.keys(JSON.parse(read('stack.assets.json')).files)).toEqual([hash]);
  expect(JSON.parse(read('manifest.json')).url).toBe(`s3://assets/${hash}.json`);
  expect(read('asset.1/own.template.json')).toBe(text);
});

test('templates for others stay as they are', async () => {
  expect(await adapted('embedded', 60)).toBe(definition(60));
});
