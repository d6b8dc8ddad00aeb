import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Size } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { Model, Predictor, type PredictorOptions } from '../../lib';
import { largeModel } from './large-model';
import { manifestOf, modelDirOf, newStack } from './stack';

const ONNX_RUNTIME: string = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
const IRIS = readFileSync('models/iris/model.onnx');
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const WARNING = 'cdk-ml-serving optimize';

/** The iris model in a folder of its own, with a file that passes for its artefact, and what is said of that. */
function irisWith(content: Buffer | undefined, changes: object = {}, cpu = 'avx2'): string {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'model-')), 'iris');
  cpSync('models/iris', folder, { recursive: true });
  if (content) addArtefact(folder, content, changes, cpu);
  return folder;
}

function addArtefact(folder: string, content: Buffer, changes: object, cpu: string): void {
  const optimized = path.join(folder, 'optimized');
  mkdirSync(optimized, { recursive: true });
  writeFileSync(path.join(optimized, `${cpu}.onnx`), content);
  const record = {
    ...{ schemaVersion: 1, note: '', cpu, onnxRuntime: ONNX_RUNTIME },
    ...{ modelSha256: sha256(readFileSync(path.join(folder, 'model.onnx'))), sha256: sha256(content) },
  };
  writeFileSync(path.join(optimized, `${cpu}.json`), JSON.stringify({ ...record, ...changes }));
}

/** A function of the model in a folder, as it would be deployed. */
function predictorOf(folder: string, options: PredictorOptions = { architecture: Architecture.X86_64 }) {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model: Model.fromAsset(folder), ...options });
  const shipped = modelDirOf(stack, predictor.function);
  const files = readdirSync(shipped, { recursive: true }) as string[];
  return {
    predictor,
    shipped,
    files,
    manifest: manifestOf(stack, predictor.function),
    annotations: Annotations.fromStack(stack),
  };
}

describe('artefacts of a model', () => {
  test('ship with an x86_64 function, each in a folder of its CPU, with their hashes in the manifest', () => {
    const folder = irisWith(IRIS);
    addArtefact(folder, largeModel(), {}, 'avx2-avx512f');
    const { manifest, shipped, files, annotations } = predictorOf(folder);
    expect(Object.keys(manifest.optimized ?? {}).sort()).toEqual(['avx2', 'avx2-avx512f']);
    expect(manifest.optimized?.avx2).toEqual({ 'model.onnx': sha256(IRIS) });
    // A large one as graph and weights, like the portable model.
    expect(Object.keys(manifest.optimized?.['avx2-avx512f'] ?? {})).toEqual(['model.onnx', 'model.weights']);
    for (const [cpu, hashes] of Object.entries(manifest.optimized ?? {})) {
      for (const [file, hash] of Object.entries(hashes)) {
        expect(sha256(readFileSync(path.join(shipped, 'optimized', cpu, file)))).toBe(hash);
      }
    }
    expect(files.filter((file) => file.startsWith('optimized'))).toHaveLength(6);
    annotations.hasNoWarning('*', Match.stringLikeRegexp(WARNING));
  });

  test('are another release than the model without, and than other artefacts', () => {
    const revisions = [
      irisWith(undefined),
      irisWith(IRIS),
      irisWith(largeModel()),
      irisWith(IRIS, {}, 'avx2-avx512f'),
    ].map((folder) => predictorOf(folder).predictor.revision);
    expect(new Set(revisions).size).toBe(4);
  });

  test('do not ship with an arm64 function, which needs none, and nobody is warned', () => {
    const folder = irisWith(IRIS, { onnxRuntime: '1.0.0' });
    for (const options of [{}, { architecture: Architecture.ARM_64 }]) {
      const { manifest, files, annotations } = predictorOf(folder, options);
      expect(manifest).not.toHaveProperty('optimized');
      expect(files).not.toContain('optimized');
      annotations.hasNoWarning('*', Match.stringLikeRegexp(WARNING));
    }
  });

  test.each<[string, object, RegExp]>([
    ['of another model', { modelSha256: '0'.repeat(64) }, /made of another model than the one that ships/],
    ['of another ONNX Runtime', { onnxRuntime: '1.29.0' }, /by ONNX Runtime 1\.29\.0, and the function has 1\.\d+/],
    ['of another CPU than its name says', { cpu: 'avx512f' }, /avx2\.json is of another CPU: avx512f/],
    ['that was changed', { sha256: '0'.repeat(64) }, /not the file that was tested: its sha256 is \w{64}/],
    ['nobody knows what of', { schemaVersion: undefined }, /no avx2\.json beside it that says what it was made of/],
  ])('one %s is left out with a warning', (_, changes, reason) => {
    const folder = irisWith(IRIS, changes);
    const { manifest, files, annotations } = predictorOf(folder);
    expect(manifest).not.toHaveProperty('optimized');
    expect(files).not.toContain('optimized');
    const said = `avx2\\.onnx does not ship.*${reason.source}.*npx ${WARNING} ${folder}`;
    annotations.hasWarning('/Test/Iris', Match.stringLikeRegexp(said));
  });
});

test('an artefact that no function would look for is left out with a warning', () => {
  const { manifest, annotations } = predictorOf(irisWith(IRIS, {}, 'avx512f'));
  expect(manifest).not.toHaveProperty('optimized');
  annotations.hasWarning(
    '/Test/Iris',
    Match.stringLikeRegexp('avx512f\\.onnx does not ship, because no function looks'),
  );
});

describe('artefacts that do not fit are refused at synth, with the way out', () => {
  test('a package that is too large with them alone', () => {
    const folder = irisWith(Buffer.alloc(210 * 1024 * 1024));
    expect(() => predictorOf(folder)).toThrow(
      /function of iris .* artefacts optimised for CPUs is 2\d\d MiB unzipped, and Lambda takes 250 MiB\. Delete artefacts.*avx2\.onnx/,
    );
    expect(() => predictorOf(folder, {})).not.toThrow();
  });

  test('a memory that holds one of the two that the self-test loads', () => {
    const folder = irisWith(undefined);
    const [file, card] = [path.join(folder, 'model.onnx'), path.join(folder, 'model.yaml')];
    truncateSync(file, 80 * 1024 * 1024);
    writeFileSync(card, readFileSync(card, 'utf8').replace(/^sha256: .*$/m, `sha256: ${sha256(readFileSync(file))}`));
    addArtefact(folder, IRIS, {}, 'avx2');
    const options = { architecture: Architecture.X86_64, memory: Size.mebibytes(128) };
    expect(() => predictorOf(folder, options)).toThrow(
      /Two models \(the self-test .*\) need at least 160 MiB of memory; the function has 128 MiB\. Raise memory, or delete the artefacts\./,
    );
  });
});
