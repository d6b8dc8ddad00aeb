import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Transform } from '../../hook';
import { HOOK_FILE, TRANSFORM } from '../shared/contract';
import { ServingError } from '../shared/errors';

/** The user's code, imported while the function initialises; after a failure again with the next request. */
export type LoadTransform = () => Promise<Transform>;

export function loadTransform(handlerDir: string, modelDir: string): LoadTransform {
  const { href } = pathToFileURL(resolve(handlerDir, modelDir, TRANSFORM, HOOK_FILE));
  const load = async () => {
    const module: { readonly default?: unknown } = await import(/* @vite-ignore */ href);
    if (typeof module.default === 'function') return module.default as Transform;
    throw new Error('the transform has no function as its default export');
  };
  let loading: Promise<Transform> | undefined = load();
  loading.catch(() => undefined);
  return async () => {
    loading ??= load();
    try {
      return await loading;
    } catch (cause) {
      loading = undefined;
      throw new ServingError('MODEL_NOT_READY', 'The transform does not load.', { retryAfterMs: 1000, cause });
    }
  };
}
