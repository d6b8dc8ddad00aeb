import type { Readable } from 'node:stream';
import type { ReadObject } from './model_file';

/** Reads objects with the AWS SDK, which is loaded at the first read: a model in the asset never pays for it. */
export function s3Reader(options: Readonly<Record<string, unknown>>): ReadObject {
  return async (bucket, key) => {
    const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    const { Body } = await new S3Client(options).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!Body) throw new Error(`s3://${bucket}/${key} has no content`);
    return Body as Readable;
  };
}
