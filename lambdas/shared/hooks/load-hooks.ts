import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Postprocess, Preprocess } from '../../../hook';
import { HOOK_FILE, type HookName, type ModelManifest } from '../contract';

/** The user's code around the model. */
export interface Hooks {
  readonly preprocess?: PreprocessHook;
  readonly postprocess?: Postprocess;
}

export interface PreprocessHook {
  readonly run: Preprocess;
  /** Media types of the bodies that it takes. */
  readonly mediaTypes: readonly string[];
}

interface HookModule {
  readonly default?: unknown;
  readonly mediaTypes?: unknown;
}

/** Imports the hooks that the manifest names. One that does not load is as good as a model that does not. */
export async function loadHooks({ hooks }: ModelManifest, modelDir: string): Promise<Hooks | undefined> {
  if (!hooks) return undefined;
  const [preprocess, postprocess] = await Promise.all([
    hooks.includes('preprocess') ? load('preprocess', modelDir) : undefined,
    hooks.includes('postprocess') ? load('postprocess', modelDir) : undefined,
  ]);
  return {
    preprocess: preprocess && { run: preprocess.default as Preprocess, mediaTypes: mediaTypesOf(preprocess) },
    postprocess: postprocess?.default as Postprocess | undefined,
  };
}

async function load(name: HookName, modelDir: string): Promise<HookModule> {
  const { href } = pathToFileURL(join(modelDir, name, HOOK_FILE));
  const module: HookModule = await import(/* @vite-ignore */ href).catch((cause) => {
    throw new Error(`the hook ${name} does not load`, { cause });
  });
  if (typeof module.default === 'function') return module;
  throw new Error(`the hook ${name} has no function as its default export`);
}

const MEDIA_TYPE = /^[\da-z][\w.+-]*\/[\da-z][\w.+-]*$/;

function mediaTypesOf({ mediaTypes = ['application/json'] }: HookModule): readonly string[] {
  const valid = (type: unknown) => typeof type === 'string' && MEDIA_TYPE.test(type) && type === type.toLowerCase();
  if (Array.isArray(mediaTypes) && mediaTypes.length > 0 && mediaTypes.every(valid)) return mediaTypes;
  throw new Error(
    'the hook preprocess must export mediaTypes as an array of media types in lower case, such as ["text/plain"]',
  );
}
