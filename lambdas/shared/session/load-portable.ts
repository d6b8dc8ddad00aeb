import type { ModelManifest } from '../contract';
import type { LoadSettings } from './load';
import { openAsset } from './model-file';
import { identityOf, type LoadedModel } from './model-store';
import { openSession } from './open-session';

/** The file beside the manifest, which is right on every CPU. */
export async function loadPortable(manifest: ModelManifest, settings: LoadSettings): Promise<LoadedModel> {
  const session = await openSession(openAsset(manifest, settings.location), manifest, settings);
  return { identity: identityOf(manifest), manifest, session };
}
