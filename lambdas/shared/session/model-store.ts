import type { ModelIdentity, ModelManifest } from '../contract';
import { ServingError } from '../errors';
import type { Session } from './session';

export interface LoadedModel {
  readonly identity: ModelIdentity;
  readonly manifest: ModelManifest;
  readonly session: Session;
}

export interface ModelSteps {
  readonly readManifest: () => Promise<ModelManifest>;
  readonly load: (manifest: ModelManifest) => Promise<LoadedModel>;
}

/** The one model of a function: loaded once, and after a failure again with the next request. */
export class ModelStore {
  #manifest?: Promise<ModelManifest>;
  #loading?: Promise<LoadedModel>;
  #loaded?: LoadedModel;
  #identity?: ModelIdentity;

  constructor(private readonly steps: ModelSteps) {}

  /** Who answers, as far as is known. */
  get identity(): ModelIdentity | undefined {
    return this.#identity;
  }

  /** What the model is; known also while it does not load. */
  manifest(): Promise<ModelManifest> {
    this.#manifest ??= this.#readManifest().catch((error) => {
      this.#manifest = undefined;
      throw notReady(error);
    });
    return this.#manifest;
  }

  /** The model, if it is there by now. */
  get loaded(): LoadedModel | undefined {
    return this.#loaded;
  }

  load(): Promise<LoadedModel> {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw notReady(error);
    });
    return this.#loading;
  }

  async isReady(): Promise<boolean> {
    return this.load().then(
      () => true,
      () => false,
    );
  }

  async #readManifest(): Promise<ModelManifest> {
    const manifest = await this.steps.readManifest();
    // Which version a pointer names is known only once it was read.
    if (manifest.source !== 'pointer') this.#identity = identityOf(manifest);
    return manifest;
  }

  async #load(): Promise<LoadedModel> {
    const model = await this.steps.load(await this.manifest());
    this.#identity = model.identity;
    this.#loaded = model;
    return model;
  }
}

export function identityOf({ name, version, revision }: ModelManifest): ModelIdentity {
  return { name, version, revision };
}

function notReady(cause: unknown): ServingError {
  if (cause instanceof ServingError) return cause;
  return new ServingError('MODEL_NOT_READY', 'The model is not ready.', { retryAfterMs: 1000, cause });
}
