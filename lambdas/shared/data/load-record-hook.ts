import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HOOK_FILE, RECORD_HOOK } from '../contract';
import type { PrepareRecord } from './rows-of-data';

/** Imports the user's code beside the manifest, once it is needed; after a failure again. */
export function recordHook(modelDir: string): PrepareRecord {
  const load = async () => {
    const { href } = pathToFileURL(join(modelDir, RECORD_HOOK, HOOK_FILE));
    const module: { default?: unknown } = await import(/* @vite-ignore */ href);
    if (typeof module.default === 'function') return module.default as PrepareRecord;
    throw new Error('the hook prepareData has no function as its default export');
  };
  let loading: ReturnType<typeof load> | undefined;
  return async (record) => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return (await loading)(record);
  };
}
