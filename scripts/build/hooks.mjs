import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { out, root } from './steps.mjs';

/** The hooks of this project's own serving.yaml, as `npx cdk-ml-serving build` bundles those of anybody. */
export const hooks = {
  name: 'hooks',
  inputs: [
    'serving.yaml',
    'examples/hooks/flower.ts',
    'examples/hooks/species.ts',
    'bin/hooks',
    'lib/predictor/hook-file.ts',
  ],
  outputs: ['examples/hooks/build/flower.mjs', 'examples/hooks/build/species.mjs'],
  async run() {
    const command = [path.join(out, 'bin/cdk-ml-serving.js'), 'build'];
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('the hooks of serving.yaml were not built; the messages are above');
  },
};
