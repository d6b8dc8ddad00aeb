import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Model, ModelCard, ModelSource } from '../../index';
import { closest, didYouMean } from '../suggestion';
import { type Place, valueType } from './value-type';

/** A model as an entry names it. */
type WrittenModel =
  | string
  | {
      readonly card: string;
      readonly bucket: string;
      readonly key?: string;
      readonly pointer?: string;
      readonly checkInterval?: string;
    };

const folder = 'path of the folder, relative to this file';

/** A folder with the model in it, or a folder with its card and the place in S3 that it is loaded from. */
export const modelValue = valueType<WrittenModel, Model>({
  schema: {
    type: ['string', 'object'],
    minLength: 1,
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      properties: {
        card: { type: 'string', minLength: 1, description: `Folder of the card and the golden inputs: ${folder}.` },
        bucket: { type: 'string', minLength: 3, description: 'Name of the bucket that the model is loaded from.' },
        key: { type: 'string', minLength: 1, description: "Key of the ONNX object. Its hash must be the card's." },
        pointer: {
          type: 'string',
          minLength: 1,
          description: 'Key of the object that names the current model: {"key", "sha256", "version"}.',
        },
        checkInterval: {
          type: 'string',
          pattern: '^[1-9][0-9]*(s|m|h|d)$',
          'x-allowed': 'a duration such as "30s" or "5m"',
          default: '60s',
          description: 'With `pointer`, how long an environment serves a model before it looks at the pointer again.',
        },
      },
      additionalProperties: false,
      required: ['card', 'bucket'],
      dependentRequired: { checkInterval: ['pointer'] },
      oneOf: [{ required: ['key'] }, { required: ['pointer'] }],
    },
  },
  allowed: `the ${folder}, or a map of card, bucket, and key or pointer`,
  toCdk(written, place) {
    const { scope, id, folder: base } = place;
    // Relative to the working directory where it can be: the path is part of the constructs' messages.
    const directory = path.relative(process.cwd(), path.resolve(base, folderOf(written))) || '.';
    if (typeof written === 'string') return Model.fromAsset(directory);
    const bucket = Bucket.fromBucketName(scope, id, written.bucket);
    if (written.pointer !== undefined) {
      const checkInterval = durationOf(written.checkInterval, place);
      return Model.fromDirectory(directory, ModelSource.fromPointer(bucket, written.pointer, { checkInterval }));
    }
    const { sha256 } = ModelCard.fromFile(path.join(directory, 'model.yaml'));
    return Model.fromDirectory(directory, ModelSource.fromBucket(bucket, written.key ?? '', sha256));
  },
  problem(written, base) {
    const named = folderOf(written);
    if (typeof named !== 'string') return undefined;
    const directory = path.resolve(base, named);
    if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    const around = path.dirname(directory);
    const others = fs.existsSync(around) ? fs.readdirSync(around) : [];
    const meant = closest(path.basename(directory), others);
    const asWritten = meant && path.posix.join(path.posix.dirname(named), meant);
    return `names a folder that does not exist: ${named}${didYouMean(asWritten)}`;
  },
});

function folderOf(written: WrittenModel): string {
  return typeof written === 'string' ? written : written.card;
}

function durationOf(written: string | undefined, place: Place): Duration | undefined {
  return written === undefined
    ? undefined
    : (place.convert(written, { 'x-type': 'aws-cdk-lib.Duration' }, place) as Duration);
}
