import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { Model, ModelSource } from '../../lib';
import { newStack } from './stack';

const sha256 = 'a'.repeat(64);

function copyOfIris(): string {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'model-')), 'iris');
  cpSync('models/iris', folder, { recursive: true });
  return folder;
}

test('a model whose bytes are not those of its card is refused at synth, with the way out', () => {
  const folder = copyOfIris();
  writeFileSync(path.join(folder, 'model.onnx'), 'other bytes');
  expect(() => Model.fromAsset(folder)).toThrow(
    /card of iris declares SHA-256 [0-9a-f]{64}, but .*model\.onnx has [0-9a-f]{64}\. If the new model is meant/,
  );
});

test('a missing file is named', () => {
  const folder = copyOfIris();
  rmSync(path.join(folder, 'golden.json'));
  expect(() => Model.fromAsset(folder)).toThrow(/Golden inputs not found: .*golden\.json/);
  rmSync(path.join(folder, 'model.onnx'));
  expect(() => Model.fromAsset(folder)).toThrow(/Model file not found: .*model\.onnx/);
});

test.each([
  ['is no JSON', '{', /golden\.json is not JSON/],
  ['has no cases', '{"tolerance": 1, "cases": []}', /golden\.json has no cases/],
])('golden inputs that %s are refused', (_, text, message) => {
  const folder = copyOfIris();
  writeFileSync(path.join(folder, 'golden.json'), text);
  expect(() => Model.fromAsset(folder)).toThrow(message);
});

test('an empty card is refused with its name', () => {
  const folder = copyOfIris();
  writeFileSync(path.join(folder, 'model.yaml'), '');
  expect(() => Model.fromAsset(folder)).toThrow(/model\.yaml:1: must be a map of schemaVersion/);
});

test('an S3 object must have the hash of the card', () => {
  const bucket = new Bucket(newStack(), 'Bucket');
  expect(() => Model.fromDirectory('models/iris', ModelSource.fromBucket(bucket, 'iris/1.onnx', sha256))).toThrow(
    /card of iris declares SHA-256/,
  );
});

test.each([
  [
    () => ModelSource.fromBucket(bucketOf(), '/iris.onnx', sha256),
    /must not be empty, start with "\/" or hold .*; got "\/iris\.onnx"/,
  ],
  [() => ModelSource.fromBucket(bucketOf(), 'iris.onnx', 'ABC'), /64 lower-case hex digits .*; got "ABC"/],
  [() => ModelSource.fromBucket(bucketOf(), 'models/*', sha256), /or hold "\*".*; got "models\/\*"/],
  [() => ModelSource.fromPointer(bucketOf(), 'current.json'), /folder of its own .*; got "current\.json"/],
  [
    () => ModelSource.fromPointer(bucketOf(), 'iris/current.json', { checkInterval: Duration.millis(10) }),
    /at least 1 second.*; got 10 ms/,
  ],
])('a wrong source is refused with the value it got', (make, message) => {
  expect(make).toThrow(message);
});

function bucketOf(): Bucket {
  return new Bucket(newStack(), 'Bucket');
}
