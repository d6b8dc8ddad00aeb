import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ModelPointer } from '../../lambdas/shared/contract';
import type { ModelFolder } from '../onnx/read-folder';
import type { Destination } from './destination';

/**
 * Releases a model to the functions that follow a pointer. Objects have the hash of their content in their key, so that
 * nothing is ever overwritten and what a pointer named once can be named again; the pointer is written last.
 *
 * Answers the keys that were not there before.
 */
export async function upload(
  { card, modelContent, goldenFile }: ModelFolder,
  { bucket, prefix, pointerKey }: Destination,
  client: S3Client,
): Promise<string[]> {
  const model = named(modelContent, prefix, 'onnx');
  const golden = named(await readFile(goldenFile), prefix, 'golden.json');
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
    pair: card.pair ?? null,
    golden: { key: golden.key, sha256: golden.sha256 },
  };
  const Body = `${JSON.stringify(pointer, null, 2)}\n`;
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: pointerKey, Body, ContentType: 'application/json' }));
  return uploaded;
}

interface NamedObject {
  readonly key: string;
  readonly sha256: string;
  readonly content: Buffer;
}

function named(content: Buffer, prefix: string, extension: string): NamedObject {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { key: `${prefix}/${sha256}.${extension}`, sha256, content };
}

/** Its key says its hash, and S3 has checked that on the way in. */
async function isThere(client: S3Client, bucket: string, { key, content }: NamedObject): Promise<boolean> {
  return client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).then(
    ({ ContentLength }) => ContentLength === content.length,
    (error) => {
      // An answer to HEAD has no body to say why; that to the PUT that follows has.
      if ([400, 403, 404].includes(error?.$metadata?.httpStatusCode)) return false;
      throw error;
    },
  );
}

async function put(client: S3Client, bucket: string, { key, sha256, content }: NamedObject): Promise<void> {
  const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ChecksumSHA256 }));
}
