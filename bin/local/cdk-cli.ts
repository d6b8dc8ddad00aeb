import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LocalRunError } from './errors';
import { readJson } from './json-file';
import type { Toolkit, Workspace } from './workspace';

/** What reads the assemblies of our aws-cdk-lib: older versions do not, and neither does 3.0.0. */
const WANTED = { major: 2, minor: 1100, install: 'npm install --save-dev aws-cdk@2.1148.1' } as const;

/** The CDK command line: the package's own where it is a checkout, else the one of the user's project. */
export async function findCdk(toolkit: Toolkit, workspace: Workspace): Promise<string> {
  let unfit: string | undefined;
  for (const dir of [toolkit.root, dirname(workspace.configFile)]) {
    const folders = createRequire(join(dir, 'package.json')).resolve.paths('aws-cdk') ?? [];
    const manifest = folders.map((folder) => join(folder, 'aws-cdk', 'package.json')).find((file) => existsSync(file));
    if (manifest !== undefined) {
      const found = await readJson<{ version: string }>(manifest, ({ version }) => typeof version === 'string');
      const cli = join(dirname(manifest), 'bin', 'cdk');
      if (found && isWanted(found.version) && existsSync(cli)) {
        return cli;
      }
      unfit ??= `aws-cdk ${found?.version ?? '(broken)'} in ${dirname(dirname(manifest))}`;
    }
  }
  throw new LocalRunError(
    unfit === undefined
      ? 'The CDK command line is not installed.'
      : `The CDK command line must be of version ${WANTED.major}, ${WANTED.major}.${WANTED.minor} or later. Found: ${unfit}.`,
    { hint: `Install it in your project: ${WANTED.install}` },
  );
}

export function isWanted(version: string): boolean {
  const [major, minor = 0] = version.split('.').map(Number);
  return major === WANTED.major && minor >= WANTED.minor;
}
