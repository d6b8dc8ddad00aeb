import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, runOrThrow } from './child';
import { LocalRunError } from './errors';
import type { Workspace } from './workspace';

const NODE_VERSION = '24.9.0';

/** What the Node 24 runtime of Lambda brings along and our functions and those of the CDK import. */
const RUNTIME_PACKAGES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-lambda': '3.1164.0',
  '@aws-sdk/client-s3': '3.1169.0',
};

/** The functions' runtime on this machine. */
export interface FunctionRuntime {
  /** Folder of the `node` that runs functions. */
  readonly binDir: string;
  /** Folder of the packages that functions find without bringing them. */
  readonly modulesDir: string;
}

/** Installs the Node version that the functions declare, and the packages of Lambda's runtime, once; `onInstall` is told. */
export async function ensureFunctionRuntime(
  workspace: Workspace,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
  onInstall?: () => void,
): Promise<FunctionRuntime> {
  const dir = join(workspace.toolsDir, 'node');
  const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const node = join(dir, 'node_modules', nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const runtime = { binDir: dirname(node), modulesDir: join(dir, 'node_modules') };

  const dependencies = { ...RUNTIME_PACKAGES, [nodePackage]: NODE_VERSION };
  const manifest = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  const stamp = join(dir, 'installed.json');
  if (existsSync(node) && (await readFile(stamp, 'utf8').catch(() => '')) === manifest) {
    return runtime;
  }
  onInstall?.();
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), manifest);
  const install = ['install', '--prefix', dir, '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  await runOrThrow(`Installing Node ${NODE_VERSION} for the functions`, 'npm', install, {
    cwd: dir,
    env,
    signal,
    hint: `It is the npm package ${nodePackage}; check the connection and the settings of npm.`,
  });
  const works = await run(node, ['--version'], { env }).catch(() => undefined);
  if (works?.stdout.trim() !== `v${NODE_VERSION}`) {
    throw new LocalRunError(`The npm package ${nodePackage}@${NODE_VERSION} has no Node that runs on this system.`, {
      detail: works?.output,
      hint: 'Use an emulator that already runs: --endpoint URL',
    });
  }
  await writeFile(stamp, manifest);
  return runtime;
}
