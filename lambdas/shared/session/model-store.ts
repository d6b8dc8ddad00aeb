import type { ModelIdentity, ModelManifest } from '../contract';
import { ServingError } from '../errors';
import type { Hooks } from '../hooks/load-hooks';
import type { Session } from './session';

export interface LoadedModel {
  readonly identity: ModelIdentity;
  readonly manifest: ModelManifest;
  readonly session: Session;
  /** The user's code around it. */
  readonly hooks?: Hooks;
  /** The CPU that it was optimised for beforehand. */
  readonly optimized?: string;
  /** What is wrong with the artefact for this CPU, in whose place the portable model serves. */
  readonly refused?: { readonly cpu: string; readonly cause: unknown };
  /** Golden cases that it passed as it loaded: one by pointer, or optimised beforehand. */
  readonly goldenCases?: number;
  /** Of a model by pointer: the pair it is of where the pointer says so, and its state. */
  readonly pair?: string | null;
  readonly pointerTag?: string;
}

/** Who answers, and what it answers with. */
export type Answerer = Pick<LoadedModel, 'identity' | 'manifest' | 'hooks'>;

/** Loads the model; with `current` only where a pointer names another one by now. */
export type LoadModel = (manifest: ModelManifest, current?: LoadedModel) => Promise<LoadedModel | undefined>;

export interface ModelSteps {
  readonly readManifest: () => Promise<ModelManifest>;
  readonly load: LoadModel;
  /** How long a model by pointer serves before the next look at the pointer. */
  readonly checkMs: number;
  /** Longest time that a request waits for another model; then the one before answers it. */
  readonly maxWaitMs: number;
  /** Time after which no request runs any more that began with the model before. */
  readonly retireMs: number;
}

/**
 * The one model of a function: loaded once, and after a failure again with the next request.
 *
 * A model by pointer is replaced when the pointer names another one. An environment is frozen between requests, so the
 * look is part of a request: the first one after `checkMs`. What goes wrong there leaves the model as it is.
 */
export class ModelStore {
  #manifest?: Promise<ModelManifest>;
  #loading?: Promise<LoadedModel>;
  #loaded?: LoadedModel;
  #identity?: ModelIdentity;
  #name?: string;
  #reloading?: Promise<void>;
  #next?: LoadedModel;
  #checkAt = Number.POSITIVE_INFINITY;

  constructor(private readonly steps: ModelSteps) {}

  /** Who answers, as far as is known. */
  get identity(): ModelIdentity | undefined {
    return this.#identity;
  }

  /** The same for logs and metrics: a model that does not load fails under its name, where its alarms look. */
  get known(): Partial<ModelIdentity> {
    return this.#identity ?? { name: this.#name };
  }

  /** What the model is; known also while it does not load. */
  manifest(): Promise<ModelManifest> {
    this.#manifest ??= this.#readManifest().catch((error) => {
      this.#manifest = undefined;
      throw notReady(error);
    });
    return this.#manifest;
  }

  /** The model, if it is there by now and need not be looked after. */
  get loaded(): LoadedModel | undefined {
    return Date.now() < this.#checkAt ? this.#loaded : undefined;
  }

  load(): Promise<LoadedModel> {
    if (this.#loaded && Date.now() >= this.#checkAt) return this.#reload(this.#loaded);
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
    this.#name = manifest.name;
    // Which version a pointer names is known only once it was read.
    if (manifest.source !== 'pointer') this.#identity = identityOf(manifest);
    return manifest;
  }

  async #load(): Promise<LoadedModel> {
    const model = await this.steps.load(await this.manifest());
    if (!model) throw new Error('there is no model');
    this.#serve(model);
    return model;
  }

  async #reload(current: LoadedModel): Promise<LoadedModel> {
    this.#reloading ??= this.steps
      .load(current.manifest, current)
      .catch(() => undefined)
      .then((next) => {
        this.#next = next ?? current;
      });
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.steps.maxWaitMs);
    });
    await Promise.race([this.#reloading, patience]);
    clearTimeout(timer);
    // Only here, at the start of a request, so that one model answers all of it, headers and log line included.
    if (this.#next) this.#serve(this.#next);
    return this.#loaded ?? current;
  }

  #serve(model: LoadedModel): void {
    const before = this.#loaded;
    this.#identity = model.identity;
    this.#loaded = model;
    this.#loading = Promise.resolve(model);
    this.#reloading = undefined;
    this.#next = undefined;
    if (model.manifest.source === 'pointer') this.#checkAt = Date.now() + this.steps.checkMs;
    if (before && before !== model) setTimeout(() => before.session.dispose(), this.steps.retireMs).unref();
  }
}

export function identityOf({ name, version, revision }: ModelManifest): ModelIdentity {
  return { name, version, revision };
}

/** Whatever is wrong with a model is not the client's fault, also where it is said of golden inputs. */
function notReady(cause: unknown): ServingError {
  if (cause instanceof ServingError && cause.code === 'MODEL_NOT_READY') return cause;
  return new ServingError('MODEL_NOT_READY', 'The model is not ready.', { retryAfterMs: 1000, cause });
}
