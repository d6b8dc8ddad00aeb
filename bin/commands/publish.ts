import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GOLDEN_FILE, MODEL_FILE, type ModelPointer } from '../../lambdas/shared/contract';
import { readCard } from '../../lib/model/card-fields';
import { LocalRunError, UsageError } from '../local/errors';

/** What one PUT takes; a larger model fits no function anyway. */
const MAX_BYTES = 5 * 1024 ** 3;

export interface PublishOptions {
  /** Folder with model.onnx, model.yaml and golden.json. */
  readonly directory: string;
  /** Where the pointer lies, with the models it names beside it: `s3://bucket/prefix`. */
  readonly destination: string;
  /** Name of the pointer under the prefix. */
  readonly pointer?: string;
  readonly client?: S3Client;
}

export interface Published {
  readonly bucket: string;
  readonly pointerKey: string;
  readonly pointer: ModelPointer;
  /** Keys that were not there before. */
  readonly uploaded: readonly string[];
}

/**
 * Releases a model to the functions that follow a pointer. Objects have the hash of their content in their key, so that
 * nothing is ever overwritten and what a pointer named once can be named again; the pointer is written last.
 */
export async function publish(options: PublishOptions): Promise<Published> {
  const { directory, destination, pointer: pointerName = 'current.json' } = options;
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+?)\/*$/.exec(destination) ?? [];
  if (!bucket || !prefix) throw new UsageError(`A destination is s3://bucket/prefix; got ${destination}`);
  const client = options.client ?? new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  const [modelFile, goldenFile] = [join(directory, MODEL_FILE), join(directory, GOLDEN_FILE)];
  const card = readCard(await readFile(join(directory, 'model.yaml'), 'utf8'), join(directory, 'model.yaml'));
  const model = await describe(modelFile, `${prefix}/`, '.onnx');
  if (model.sha256 !== card.sha256) {
    throw new LocalRunError(`The card declares SHA-256 ${card.sha256}, but ${modelFile} has ${model.sha256}.`, {
      hint: 'If the new model is meant, put its hash into model.yaml and raise the version.',
    });
  }
  const golden = await describe(goldenFile, `${prefix}/`, '.golden.json');
  const uploaded: string[] = [];
  for (const object of [model, golden]) {
    if (await isThere(client, bucket, object)) continue;
    await put(client, bucket, object);
    uploaded.push(object.key);
  }
  const pointer: ModelPointer = {
    key: model.key,
    sha256: model.sha256,
    version: card.version,
    golden: { key: golden.key, sha256: golden.sha256 },
  };
  const pointerKey = `${prefix}/${pointerName}`;
  const Body = `${JSON.stringify(pointer, null, 2)}\n`;
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: pointerKey, Body, ContentType: 'application/json' }));
  return { bucket, pointerKey, pointer, uploaded };
}

interface LocalObject {
  readonly file: string;
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

async function describe(file: string, prefix: string, suffix: string): Promise<LocalObject> {
  const { size: bytes } = await stat(file);
  if (bytes > MAX_BYTES) throw new LocalRunError(`${file} has ${bytes} bytes; at most ${MAX_BYTES} can be published.`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  const sha256 = hash.digest('hex');
  return { file, key: `${prefix}${sha256}${suffix}`, sha256, bytes };
}

/** Its key says its hash, and S3 has checked that on the way in. */
async function isThere(client: S3Client, bucket: string, { key, bytes }: LocalObject): Promise<boolean> {
  return client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).then(
    ({ ContentLength }) => ContentLength === bytes,
    (error) => {
      if ([403, 404].includes(error?.$metadata?.httpStatusCode)) return false;
      throw error;
    },
  );
}

async function put(client: S3Client, bucket: string, { file, key, sha256, bytes }: LocalObject): Promise<void> {
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: createReadStream(file),
      ContentLength: bytes,
      ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
    }),
  );
}
