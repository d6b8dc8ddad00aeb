import type { ModelManifest } from '../contract';
import { type ModelLocation, openAsset } from './model-file';
import { identityOf, type LoadedModel } from './model-store';
import { openSession, type SessionSettings } from './open-session';
import type { ReadObject } from './s3';

export interface LoadSettings extends SessionSettings {
  readonly location: ModelLocation;
  readonly readObject: ReadObject;
  /** Told why the artefact for this CPU does not serve; the portable model does. */
  readonly onOptimizedFailure: (cpu: string, error: unknown) => void;
}

/**
 * File -> hash -> session -> signature, and a warm-up where no request waits. Whatever is wrong is thrown with its reason.
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
    const model = await loadOptimized(manifest, settings);
    if (model) return model;
  }
  return loadPortable(manifest, settings);
}

/** The file beside the manifest, which is right on every CPU. */
export async function loadPortable(manifest: ModelManifest, settings: LoadSettings): Promise<LoadedModel> {
  const session = await openSession(openAsset(manifest, settings.location), manifest, settings);
  return { identity: identityOf(manifest), manifest, session };
}
