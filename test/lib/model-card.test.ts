import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ModelCard } from '../../lib';

const good = readFileSync('models/digits/model.yaml', 'utf8');

/** The error for a card in which one text is replaced by another. */
function errorFor(find: string | RegExp, replacement: string): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'card-')), 'model.yaml');
  const text = good.replace(find, replacement);
  if (text === good) throw new Error(`the card holds no ${find}`);
  writeFileSync(file, text);
  try {
    ModelCard.fromFile(file);
  } catch (error) {
    return (error as Error).message.replace(file, 'model.yaml');
  }
  throw new Error('the card was accepted');
}

test('a card gives name, version, tensors and objectives', () => {
  const card = ModelCard.fromFile('models/digits/model.yaml');
  expect(card).toMatchObject({ modelName: 'digits', modelVersion: '1.0.0', task: 'image-classification' });
  expect(card.inputs).toMatchObject([{ name: 'image', datatype: 'FP32', shape: [-1, 1, 28, 28] }]);
  expect(card.outputs.map(({ name }) => name)).toEqual(['label', 'probabilities']);
  expect(card.p99Objective.toMilliseconds()).toBeGreaterThan(0);
});

test('a missing card says where it was looked for and what it is', () => {
  expect(() => ModelCard.fromFile('models/none/model.yaml')).toThrow(
    /models\/none\/model\.yaml\. Every model has a model\.yaml/,
  );
});

test.each([
  ['a missing name', /^name: .*$/m, '', /^model\.yaml:\d+: name must be letters.*; it is missing\.$/],
  ['a name that does not fit a URL', /^name: .*$/m, 'name: a/b', /^model\.yaml:\d+: name must be .*; got "a\/b"\.$/],
  [
    'a version that YAML reads as a number',
    /^version: .*$/m,
    'version: 1.0',
    /version must be .* in quotes.*; got 1\.$/,
  ],
  [
    'an unknown datatype',
    'datatype: FP32',
    'datatype: FLOAT',
    /inputs\.0\.datatype must be one of BOOL, .*; got "FLOAT"\.$/,
  ],
  [
    'a zero in a shape',
    /shape: \[-1, 1, 28, 28\]/,
    'shape: [0, 1, 28, 28]',
    /inputs\.0\.shape must be a list of whole numbers/,
  ],
  ['a hash that is none', /^sha256: .*$/m, 'sha256: abc', /sha256 must be 64 lower-case hex digits/],
  [
    'an objective that is not positive',
    /^ {2}p99Ms: .*$/m,
    '  p99Ms: 0',
    /objective\.p99Ms must be greater than 0; got 0\.$/,
  ],
  [
    'an image for an input that is not there',
    'input: image',
    'input: pixels',
    /image\.input names no input; inputs are image/,
  ],
  [
    'a misspelt key',
    /^owner: /m,
    'ownr: ',
    /^model\.yaml:\d+: ownr is not known; known are schemaVersion, name, .*; got "/,
  ],
  [
    'a label too few',
    /labels: \['0', /g,
    'labels: [',
    /labels must be 10 texts, one for each value of the last dimension/,
  ],
  ['broken YAML', 'inputs:', 'inputs: [', /model\.yaml: .* at line \d+/],
])('%s is an error that names the field and the line', (_, find, replacement, message) => {
  expect(errorFor(find, replacement)).toMatch(message);
});
