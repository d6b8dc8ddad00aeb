import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { out, root } from './steps.mjs';

/** Our own tsconfig on purpose; and tests run with a newer `constructs` than the oldest that consumers may have. */
const silenced = ['typescript-config/disabled-tsconfig-validation', 'metadata/missing-dev-dependency'];

/** The constructs, compiled by jsii: build/lib and the assembly `.jsii` from which the wheel and the schema are made. */
export const lib = {
  name: 'lib',
  inputs: ['lib', 'lambdas/shared/contract', 'package.json', 'README.md'],
  outputs: ['build/lib/index.js', '.jsii'],
  async run() {
    for (const folder of ['lib', 'lambdas']) rmSync(path.join(out, folder), { recursive: true, force: true });
    const { status } = spawnSync(
      process.execPath,
      [path.join(root, 'node_modules/jsii/bin/jsii'), ...silenced.flatMap((code) => ['--silence-warnings', code])],
      {
        cwd: root,
        stdio: 'inherit',
        env: {
          ...process.env,
          JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1',
          JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
        },
      },
    );
    if (status !== 0) throw new Error('jsii refused the constructs; its messages are above');
  },
};
