import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type BuiltHook, buildHooks } from '../hooks/build-hooks';
import { configuredHooks } from '../hooks/configured-hooks';
import { UsageError } from '../local/errors';
import type { Progress } from '../local/progress';
import { findConfig, type Toolkit } from '../local/workspace';
import type { CommandContext } from './context';

export interface BuildOptions {
  readonly config?: string;
}

/** Bundles the hooks that are named, or those of the configuration, for the constructs to find. */
export async function build(context: CommandContext, named: readonly string[], options: BuildOptions): Promise<number> {
  const { cwd, terminal, toolkit } = context;
  const hooks =
    named.length > 0
      ? await buildHooks(
          named.map((name) => pathOf(name, cwd)),
          [cwd, toolkit.root],
        )
      : await buildConfigured(findConfig(cwd, options.config), toolkit);
  const here = (path: string) => relative(cwd, path) || '.';
  for (const { built, bytes, source } of hooks) {
    terminal.out(`${here(source)} -> ${here(built)} (${(bytes / 1000).toFixed(1)} kB)\n`);
  }
  if (hooks.length === 0) terminal.out('No hook has to be built.\n');
  return 0;
}

/** The step before a synthesis. A configuration without hooks has none. */
export async function buildBeforeSynthesis(configFile: string, toolkit: Toolkit, progress: Progress): Promise<void> {
  if (configuredHooks(configFile).length === 0) return;
  await progress.step('Hooks', async ({ outcome }) => {
    const hooks = await buildConfigured(configFile, toolkit);
    outcome(`Hooks: ${hooks.length === 1 ? '1 module' : `${hooks.length} modules`} bundled`);
  });
}

/** One that is not there is left to the synthesis, which knows the line that names it. */
async function buildConfigured(configFile: string, toolkit: Toolkit): Promise<BuiltHook[]> {
  return buildHooks(
    configuredHooks(configFile).filter((file) => existsSync(file)),
    [toolkit.root],
  );
}

function pathOf(name: string, cwd: string): string {
  const path = resolve(cwd, name);
  if (existsSync(path)) return path;
  throw new UsageError(`There is no ${path}.`, { hint: 'Name modules of hooks, or none for those of serving.yaml.' });
}
