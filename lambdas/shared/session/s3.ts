import type { Readable } from 'node:stream';

/** Reads an object of a bucket. */
export type ReadObject = (bucket: string, key: string) => Promise<Readable>;

/** A store that does not answer is an error and another try, not a function that hangs. */
const TIMEOUTS = { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true, socketTimeout: 5000 };

/** Reads with the AWS SDK, which is loaded at the first read: a model in the asset never pays for it. */
export function s3Reader(clientOptions: Readonly<Record<string, unknown>>): ReadObject {
  return async (bucket, key) => {
    const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({ requestHandler: TIMEOUTS, ...clientOptions });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!Body) throw new Error(`s3://${bucket}/${key} has no content`);
    return Body as Readable;
  };
}
