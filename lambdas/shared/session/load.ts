import type { ModelManifest } from '../contract';
import { loadPortable } from './load-portable';
import type { ModelLocation } from './model-file';
import type { LoadedModel } from './model-store';
import type { SessionSettings } from './open-session';
import type { ReadObject } from './s3';

export interface LoadSettings extends SessionSettings {
  readonly location: ModelLocation;
  readonly readObject: ReadObject;
}

/**
 * File -> hash -> session -> signature, and with provisioned concurrency a warm-up. Whatever is wrong is thrown with its reason.
 *
 * @param current the model that is loaded, where a pointer may name another one by now
 * @returns undefined while it names `current`
 */
export async function loadModel(
  manifest: ModelManifest,
  settings: LoadSettings,
  current?: LoadedModel,
): Promise<LoadedModel | undefined> {
  if (manifest.source !== 'asset') {
    const { loadFromS3 } = await import('./load-from-s3');
    return loadFromS3(manifest, settings, current);
  }
  if (manifest.optimized) {
    const { loadOptimized } = await import('./load-optimized');
    return loadOptimized(manifest, settings);
  }
  return loadPortable(manifest, settings);
}
