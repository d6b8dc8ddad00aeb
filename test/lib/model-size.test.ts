import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { Model, ModelSource, Predictor, type PredictorOptions } from '../../lib';
import { newStack } from './stack';

/** A predictor whose model file has this size; it is sparse, so it takes no room. */
function packaged(mebibytes: number): Predictor {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'model-')), 'iris');
  cpSync('models/iris', folder, { recursive: true });
  const [model, card] = [path.join(folder, 'model.onnx'), path.join(folder, 'model.yaml')];
  truncateSync(model, mebibytes * 1024 * 1024);
  const sha256 = createHash('sha256').update(readFileSync(model)).digest('hex');
  writeFileSync(card, readFileSync(card, 'utf8').replace(/^sha256: .*$/m, `sha256: ${sha256}`));
  return new Predictor(newStack(), 'Iris', { model: Model.fromAsset(folder) });
}

function loaded(make: (bucket: Bucket, sha256: string) => ModelSource, options: PredictorOptions = {}): Template {
  const stack = newStack();
  const { card } = Model.fromAsset('models/iris');
  const model = Model.fromDirectory('models/iris', make(new Bucket(stack, 'Bucket'), card.sha256));
  new Predictor(stack, 'Iris', { model, ...options });
  return Template.fromStack(stack);
}
const object = (size: Size) => (bucket: Bucket, sha256: string) =>
  ModelSource.fromBucket(bucket, 'iris/1.onnx', sha256, { size });
const pointer = (size: Size) => (bucket: Bucket) => ModelSource.fromPointer(bucket, 'iris/current.json', { size });

describe('a model that cannot fit is refused at synth, with the way out', () => {
  test('larger than a package by itself', () => {
    expect(() => packaged(251)).toThrow(/model\.onnx is 251 MiB unzipped, and Lambda takes 250 MiB\. .*\(model-load\)/);
  });

  test('larger than a package with handler and layer', () => {
    expect(() => packaged(240)).toThrow(
      /function of iris with its model and its layer is 2\d\d MiB unzipped.*fromBucket/,
    );
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'larger than /tmp',
      () => loaded(object(Size.mebibytes(600))),
      /model is 600 MiB and is loaded by way of \/tmp, which has 512 MiB\. Raise ephemeralStorage/,
    ],
    [
      'larger than the memory',
      () => loaded(object(Size.gibibytes(2)), { ephemeralStorage: Size.gibibytes(2) }),
      /needs at least 2,048 MiB of memory; the function has 1,769 MiB\. Raise memory\./i,
    ],
    [
      'two of them larger than the memory',
      () => loaded(pointer(Size.gibibytes(1)), { ephemeralStorage: Size.gibibytes(2) }),
      /Two models .* need at least 2,048 MiB of memory/,
    ],
    [
      'larger than any function',
      () => loaded(object(Size.gibibytes(11)), { memory: Size.gibibytes(10), ephemeralStorage: Size.gibibytes(10) }),
      /No function has more than 10,240 MiB/,
    ],
    ['a wrong /tmp', () => loaded(object(Size.mebibytes(1)), { ephemeralStorage: Size.mebibytes(100) }), /got 100 MiB/],
  ])('%s', (_, make, message) => expect(make).toThrow(message));
});

test('[X.7] /tmp is a prop', () => {
  loaded(object(Size.mebibytes(600)), { ephemeralStorage: Size.mebibytes(700) }).hasResourceProperties(
    'AWS::Lambda::Function',
    { EphemeralStorage: { Size: 700 } },
  );
});

test('a pointer is looked at every minute, or as often as one likes', () => {
  const interval = (value: string) => ({
    Environment: { Variables: Match.objectLike({ SERVING_MODEL_CHECK_MS: value }) },
  });
  loaded(pointer(Size.mebibytes(1))).hasResourceProperties('AWS::Lambda::Function', interval('60000'));
  loaded((bucket) =>
    ModelSource.fromPointer(bucket, 'iris/current.json', { checkInterval: Duration.minutes(5) }),
  ).hasResourceProperties('AWS::Lambda::Function', interval('300000'));
});
