import { UsageError } from '../local/errors';

/** The folder of a bucket that functions may read: the pointer, and beside it the models that it names. */
export interface Destination {
  readonly bucket: string;
  readonly prefix: string;
  readonly pointerKey: string;
}

const DEFAULT_POINTER = 'current.json';

export function destinationOf(url: string, pointer = DEFAULT_POINTER): Destination {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/+([^/].*?)\/*$/.exec(url) ?? [];
  if (!bucket || !prefix) throw new UsageError(`A destination is s3://bucket/prefix; got ${url}`);
  if (!/^[^/]+$/.test(pointer)) {
    throw new UsageError(`A pointer is a name beside the models, such as ${DEFAULT_POINTER}; got ${pointer}`, {
      hint: 'Functions may read the folder of their pointer only. Put the folder into the destination: s3://bucket/prefix',
    });
  }
  return { bucket, prefix, pointerKey: `${prefix}/${pointer}` };
}
