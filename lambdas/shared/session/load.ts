import type { ModelIdentity, ModelManifest } from '../contract';
import { type ModelLocation, openModelFile } from './model-file';
import { identityOf, type LoadedModel } from './model-store';
import type { ReadObject } from './s3';
import type { CreateSession } from './session';
import { checkSignature } from './signature';
import { intraOpThreads } from './threads';
import { warmUp } from './warm-up';

export interface LoadSettings {
  readonly location: ModelLocation;
  readonly memoryMb: number;
  readonly readObject: ReadObject;
  readonly createSession: CreateSession;
  /** Told when the warm-up fails: a model may well refuse zeros, so this is no reason not to serve it. */
  readonly onWarmUpFailure: (error: unknown) => void;
}

/** File -> hash -> session -> signature -> warm-up. Whatever is wrong is thrown with its reason. */
export async function loadModel(manifest: ModelManifest, settings: LoadSettings): Promise<LoadedModel> {
  const file = await openModelFile(manifest, settings.location, settings.readObject);
  try {
    const session = await settings.createSession(file.path, { threads: intraOpThreads(settings.memoryMb) });
    checkSignature(session, manifest);
    await warmUp(session, manifest).catch(settings.onWarmUpFailure);
    return { identity: identify(manifest, file), manifest, session };
  } finally {
    await file.release();
  }
}

/** A model loaded by pointer can change without a deployment, so its file is part of the revision. */
function identify(manifest: ModelManifest, file: { version: string; sha256: string }): ModelIdentity {
  if (manifest.source !== 'pointer') return identityOf(manifest);
  return {
    name: manifest.name,
    version: file.version,
    revision: `${manifest.revision}-${file.sha256.slice(0, 12)}`,
  };
}
