import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { Hook, Model, Predictor, type PredictorOptions, Synchronous } from '../../lib';
import { hookStamp } from '../../lib/predictor/hook-file';
import { newStack } from './stack';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hooks-'));
function file(name: string, text = 'export default () => ({});'): string {
  const target = path.join(folder, name);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  return target;
}
const predictor = (hooks: Pick<PredictorOptions, 'preprocess' | 'postprocess'>) => {
  const stack = newStack();
  const made = new Predictor(stack, 'Iris', { model: Model.fromAsset('models/iris'), ...hooks });
  return { stack, made };
};

describe('a hook ships with the function', () => {
  test('a module, and a folder with what it reads, each beside the model; the manifest names them', () => {
    const preprocess = Hook.fromAsset(path.dirname(file('tokens/index.mjs')));
    file('tokens/vocabulary.txt', 'a\nb');
    const postprocess = Hook.fromAsset(file('labels.mjs'));
    const { stack } = predictor({ preprocess, postprocess });
    const { directory } = (stack.node.root as App).synth();
    const code = readdirSync(directory).find((name) => existsSync(path.join(directory, name, 'model'))) ?? '';
    const model = path.join(directory, code, 'model');
    expect(readdirSync(path.join(model, 'preprocess')).sort()).toEqual(['index.mjs', 'vocabulary.txt']);
    expect(readdirSync(path.join(model, 'postprocess'))).toEqual(['index.mjs']);
    const manifest = JSON.parse(readFileSync(path.join(model, 'manifest.json'), 'utf8'));
    expect(manifest.hooks).toEqual(['preprocess', 'postprocess']);
  });

  test('the revision changes with its content and with its place', () => {
    const revision = (hooks: Parameters<typeof predictor>[0]) => predictor(hooks).made.revision;
    const hook = () => Hook.fromAsset(file('a.mjs'));
    const plain = revision({});
    const before = revision({ preprocess: hook() });
    expect(revision({ preprocess: hook() })).toBe(before);
    expect(new Set([plain, before, revision({ postprocess: hook() })]).size).toBe(3);
    const changed = Hook.fromAsset(file('a.mjs', 'export default () => ({ x: 1 });'));
    expect(revision({ preprocess: changed })).not.toBe(before);
  });

  test('a service takes hooks with a model, and not with a predictor that has its own', () => {
    const { stack, made } = predictor({});
    const preprocess = Hook.fromAsset(file('b.mjs'));
    expect(() => new Synchronous(stack, 'Front', { predictor: made, preprocess })).toThrow(
      'preprocess must be given to the predictor itself',
    );
  });
});

describe('a module that has to be bundled', () => {
  const source = file('flower.ts', 'export default (): object => ({});');
  const built = path.join(folder, 'build/flower.mjs');

  test('is refused with the way out until it is', () => {
    expect(() => Hook.fromAsset(source)).toThrow(`${source} is not built: run "npx cdk-ml-serving build" first.`);
    file('build/flower.mjs', `${hookStamp(built, [source])}export default () => ({});`);
    expect(Hook.fromAsset(source).path).toBe(built);
  });

  test('is refused again when a file it was made from has changed, or is gone', () => {
    const shared = file('shared.ts', 'export const a = 1;');
    file('build/flower.mjs', `${hookStamp(built, [source, shared])}export default () => ({});`);
    expect(Hook.fromAsset(source).path).toBe(built);
    file('shared.ts', 'export const a = 2;');
    const message = `${shared} was changed since ${source} was built: run "npx cdk-ml-serving build" again.`;
    expect(() => Hook.fromAsset(source)).toThrow(message);
  });

  test('may be the index of a folder', () => {
    const index = file('text/index.ts');
    expect(() => Hook.fromAsset(path.dirname(index))).toThrow(`${index} is not built`);
  });
});

test.each([
  ['not-there.mjs', /Hook not found: .*not-there\.mjs/],
  ['models', /A folder with a hook has index\.mjs, or index\.ts, index\.mts, index\.js; got models/],
  ['README.md', /A hook is a \.mjs file, or one of \.ts, \.mts, \.js .*; got README\.md/],
  ['hook.d.ts', /A hook is a \.mjs file/],
])('%s is no hook', (named, message) => {
  expect(() => Hook.fromAsset(named)).toThrow(message);
});
