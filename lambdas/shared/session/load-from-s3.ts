import type { ModelManifest } from '../contract';
import { readGolden } from './golden';
import type { LoadSettings } from './load';
import { downloadModel } from './model-download';
import { pointedRevision, type ReadPointer, readPointer, readPointerGolden } from './model-pointer';
import { identityOf, type LoadedModel } from './model-store';
import { openChecked } from './open-checked';
import { openSession } from './open-session';

/** Loads the object that the environment names, or the one that the pointer names if that is not `current`. */
export async function loadFromS3(
  manifest: ModelManifest,
  settings: LoadSettings,
  current?: LoadedModel,
): Promise<LoadedModel | undefined> {
  const { location, readObject } = settings;
  const bucket = required(location.bucket, 'bucket', manifest);
  if (manifest.source === 'object') {
    const key = required(location.key, 'key', manifest);
    const file = await downloadModel({ bucket, key, sha256: manifest.sha256 }, readObject);
    return { identity: identityOf(manifest), manifest, session: await openSession(file, manifest, settings) };
  }
  const pointerKey = required(location.pointerKey, 'pointer key', manifest);
  const pointer = await readPointer(bucket, pointerKey, readObject, current?.pointerTag);
  return pointer && loadPointed(bucket, pointer, manifest, settings);
}

/** No deployment tested this model, so its golden cases are run here. */
async function loadPointed(
  bucket: string,
  pointer: ReadPointer,
  manifest: ModelManifest,
  settings: LoadSettings,
): Promise<LoadedModel> {
  const golden = await goldenOf(bucket, pointer, manifest, settings);
  const file = await downloadModel({ bucket, ...pointer }, settings.readObject);
  const opened = golden
    ? await openChecked(file, manifest, golden, settings)
    : { session: await openSession(file, manifest, settings), goldenCases: 0 };
  const identity = { name: manifest.name, version: pointer.version, revision: pointedRevision(manifest, pointer) };
  return { identity, manifest, ...opened, pair: pointer.pair, pointerTag: pointer.etag };
}

/** The pointer's own cases; those beside the manifest belong to the model of the card alone. */
async function goldenOf(bucket: string, pointer: ReadPointer, manifest: ModelManifest, settings: LoadSettings) {
  if (pointer.golden) return readPointerGolden(bucket, pointer.golden, settings.readObject);
  return pointer.sha256 === manifest.sha256 ? readGolden(settings.location.modelDir) : undefined;
}

function required(value: string | undefined, what: string, { source }: ModelManifest): string {
  if (value) return value;
  throw new Error(`the manifest's source is "${source}", but the environment names no ${what}`);
}
