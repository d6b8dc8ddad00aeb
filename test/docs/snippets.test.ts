import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import type { ModelManifest } from '../../lambdas/shared/contract';
import { decodeInfer } from '../../lambdas/shared/protocol/infer';
import { decodeRows } from '../../lambdas/shared/protocol/rows';
import { Model, ModelCard, Transform } from '../../lib';
import { loadServingFile } from '../../lib/template';
import { predictFunction } from '../lambdas/function';
import { type Snippet, snippets } from './markdown';

const place = ({ document, line }: Snippet): string => `${document}:${line}`;
const named = (each: Snippet): [string, Snippet] => [place(each), each];

test('TypeScript compiles against the constructs', () => {
  const found = new Map(snippets('typescript').map((each, index) => [path.resolve(`snippet-${index}.ts`), each]));
  expect(found.size).toBeGreaterThan(0);
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    paths: {
      'cdk-ml-serving': [path.resolve('lib/index.ts')],
      'cdk-ml-serving/hook': [path.resolve('hook.d.ts')],
    },
    strict: true,
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => found.has(file) || fileExists(file);
  host.getSourceFile = (file, version, ...rest) => {
    const snippet = found.get(file);
    return snippet ? ts.createSourceFile(file, snippet.text, version) : getSourceFile(file, version, ...rest);
  };
  const program = ts.createProgram([...found.keys()], options, host);
  const problems = [...found].flatMap(([file, snippet]) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${place(snippet)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
  );
  expect(problems).toEqual([]);
}, 180_000);

test('Python compiles', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'snippets-'));
  const files = snippets('python').map((each, index) => {
    const file = path.join(folder, `${index}-${path.basename(each.document, '.md')}-${each.line}.py`);
    writeFileSync(file, each.text);
    return file;
  });
  expect(files.length).toBeGreaterThan(0);
  execFileSync('python3', ['-m', 'py_compile', ...files], { stdio: 'pipe' });
});

describe('YAML', () => {
  const all = snippets('yaml');
  const isCard = ({ text }: Snippet) => text.includes('schemaVersion:');
  const isTransform = (each: Snippet) => isCard(each) && !each.text.includes('sha256:');

  test.each(all.filter(isTransform).map(named))('%s is the card of a transform', (_, { text }) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'transform-'));
    writeFileSync(path.join(folder, 'transform.yaml'), text);
    writeFileSync(path.join(folder, 'index.mjs'), 'export default () => ({});');
    expect(readFileSync('models/digits/model.yaml', 'utf8')).toContain(`\npair: ${Transform.fromAsset(folder).pair}\n`);
  });

  const isModelCard = (each: Snippet) => isCard(each) && !isTransform(each);
  test.each(all.filter(isModelCard).map(named))('%s is a model card', (_, { text }) => {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'card-')), 'model.yaml');
    writeFileSync(file, text);
    expect(ModelCard.fromFile(file).inputs.length).toBeGreaterThan(0);
  });

  test.each(all.filter((each) => !isCard(each)).map(named))('%s is a serving.yaml, or a part of one', (_, { text }) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'serving-'));
    symlinkSync(path.resolve('models'), path.join(folder, 'models'), 'junction');
    mkdirSync(path.join(folder, 'examples'));
    symlinkSync(path.resolve('examples/transforms'), path.join(folder, 'examples/transforms'), 'junction');
    mkdirSync(path.join(folder, 'hooks'));
    for (const [hook = ''] of text.matchAll(/hooks\/\w+\.ts/g)) writeFileSync(path.join(folder, hook), '');
    const file = path.join(folder, 'serving.yaml');
    const head = text.includes('templateVersion:') ? '' : 'templateVersion: 1\nenvironments: { production: }\n';
    writeFileSync(file, head + text);
    expect(loadServingFile(file).file.content).toHaveProperty('services');
  });
});

test.each(snippets('json').map(named))('%s: JSON parses', (_, { text }) => {
  expect(JSON.parse(text)).toBeTypeOf('object');
});

describe('curl', () => {
  const manifest: ModelManifest = Model.fromAsset('models/iris')._manifest('');
  const bodies = snippets('sh').flatMap((each) =>
    [...each.text.matchAll(/-d '([^']+)'/g)].map((match): [string, string] => [place(each), match[1] ?? '']),
  );
  const plain = bodies.filter(([document]) => !document.startsWith('docs/hooks.md'));

  test('examples are there', () => expect(bodies.length).toBeGreaterThan(1));

  test.each(plain)('%s: the body is one that the iris model takes', (_, text) => {
    const value = JSON.parse(text);
    const decode = 'instances' in value ? decodeRows : decodeInfer;
    expect(decode({ value, exact: value }, manifest).rows).toBeGreaterThan(0);
  });

  test('a body for hooks is one that the hooks beside it take', async () => {
    const [preprocess = '', postprocess = ''] = snippets('typescript')
      .filter(({ document }) => document === 'docs/hooks.md')
      .map(({ text }) => transformSync(text, { loader: 'ts', format: 'esm' }).code);
    const fn = predictFunction('iris', { hooks: { preprocess, postprocess } });
    const [, body] = bodies.find(([document]) => document.startsWith('docs/hooks.md')) ?? [];
    const answer = await fn.post('/predict', body);
    expect(answer.json, answer.body).toEqual([{ species: 'setosa', score: expect.closeTo(0.979, 3) }]);
  });
});
