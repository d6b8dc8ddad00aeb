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

test('templates for others stay as they are', async () => {
  expect(await adapted('embedded', 60)).toBe(definition(60));
});
