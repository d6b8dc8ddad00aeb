import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runOrThrow } from '../../bin/local/child';
import { ensureFunctionRuntime } from '../../bin/local/runtime';
import { workspaceOf } from '../../bin/local/workspace';

export const ROOT = path.join(import.meta.dirname, '../..');

/** AWS's runtime client: the program that calls handlers in Lambda's Node runtimes. */
const CLIENT = {
  version: '4.0.2',
  integrity: 'sha512-FE5Vskx7mYNnqAnWWJXUOsLp2VGgdsJsCoRLFTa8L4Yk0QVtArqR8q58yPA++QC1a73ZWJXBQ2AH31nIAv7NOQ==',
};
const TRANSPORT = path.join(ROOT, 'test/runtime/rapid-client.cjs');

export interface LambdaRuntime {
  /** The Node version that functions declare. */
  readonly node: string;
  /** Entry of AWS's runtime client. */
  readonly client: string;
}

/** Node 24 and AWS's runtime client in `.local`, installed when first asked for. */
export async function installRuntime(): Promise<LambdaRuntime> {
  const folder = path.join(ROOT, '.local', `lambda-runtime-${await digest()}`);
  if (!existsSync(folder)) {
    // Several test files may come here at once: each installs for itself, the first one's stays.
    const own = `${folder}.${process.pid}`;
    await nodeIn(own);
    await installClient(path.join(own, 'client'));
    await rename(own, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
    await rm(own, { recursive: true, force: true });
  }
  return { node: await nodeIn(folder), client: path.join(folder, 'client/package/index.mjs') };
}

/** The `node` that the local run uses for functions, in a folder of its own. */
async function nodeIn(folder: string): Promise<string> {
  const workspace = workspaceOf(path.join(ROOT, 'serving.yaml'), folder);
  const { binDir } = await ensureFunctionRuntime(workspace, process.env);
  return path.join(binDir, process.platform === 'win32' ? 'node.exe' : 'node');
}

async function installClient(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = { cwd: folder, env: process.env };
  const name = `aws-lambda-ric@${CLIENT.version}`;
  await runOrThrow(`Downloading ${name}`, 'npm', ['pack', name, '--loglevel=error'], options);
  const archive = `aws-lambda-ric-${CLIENT.version}.tgz`;
  const sha512 = createHash('sha512').update(await readFile(path.join(folder, archive)));
  const integrity = `sha512-${sha512.digest('base64')}`;
  if (integrity !== CLIENT.integrity) throw new Error(`${archive} has ${integrity}, expected ${CLIENT.integrity}`);
  await runOrThrow(
    `Unpacking ${archive}`,
    'tar',
    ['-xzf', archive, 'package/index.mjs', 'package/package.json'],
    options,
  );
  const transport = path.join(folder, 'package/rapid-client.node');
  await mkdir(transport);
  await copyFile(TRANSPORT, path.join(transport, 'index.js'));
  await writeFile(path.join(transport, 'package.json'), '{"type":"commonjs"}\n');
}

/** Changes when a version or the transport does. */
async function digest(): Promise<string> {
  const hash = createHash('sha256').update(CLIENT.integrity);
  for (const file of [TRANSPORT, path.join(ROOT, 'bin/local/runtime.ts')]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}
