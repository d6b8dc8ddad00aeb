import type { ModelManifest } from '../contract';
import { pointedRevision, type ReadPointer, readPointer } from '../session/model-pointer';
import type { ReadObject } from '../session/s3';

/** The revision that answers now, as far as it is known before anybody answered. */
export type CurrentRevision = () => string | Promise<string>;

/**
 * That of the model that a pointer names, looked at again after `ttlMs`. So long after a switch an environment may still
 * answer with what the model before said. One that cannot be read is an error: then nobody knows whose answers are right.
 */
export function pointerRevision(
  { bucket, key }: { readonly bucket: string; readonly key: string },
  manifest: Pick<ModelManifest, 'revision'>,
  ttlMs: number,
  read: ReadObject,
): CurrentRevision {
  let known: ReadPointer | undefined;
  let checkAt = 0;
  return async () => {
    if (known === undefined || Date.now() >= checkAt) {
      const asked = Date.now();
      known = (await readPointer(bucket, key, read, known?.etag)) ?? known;
      checkAt = asked + ttlMs;
    }
    if (!known) throw new Error(`pointer ${key} has no content`);
    return pointedRevision(manifest, known);
  };
}
