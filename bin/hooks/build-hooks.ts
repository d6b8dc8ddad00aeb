import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { locateHook } from '../../lib/predictor/hook-file';
import { buildHook } from './build-hook';
import { findEsbuild } from './find-esbuild';

export interface BuiltHook {
  readonly source: string;
  readonly built: string;
  readonly bytes: number;
}

/**
 * Bundles those of the hooks that need it.
 *
 * @param named paths of modules
 * @param folders where a bundler is looked for
 */
export async function buildHooks(named: readonly string[], folders: readonly string[]): Promise<BuiltHook[]> {
  const hooks: BuiltHook[] = [];
  for (const { built, source } of named.map(locateHook)) {
    if (source === undefined) continue;
    await buildHook(source, built, findEsbuild([dirname(source), ...folders]));
    hooks.push({ source, built, bytes: statSync(built).size });
  }
  return hooks;
}
