import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStacks, readWarnings, synthesize } from '../local/assembly';
import { EMBEDDED } from '../local/emulator-kind';
import { targetAt } from '../local/target';
import { buildBeforeSynthesis } from './build';
import { type CommandContext, type CommonOptions, openSession } from './context';

/** Synthesizes the configuration without touching the last synthesis or an emulator: what `up` would refuse fails. */
export async function validate(context: CommandContext, options: CommonOptions): Promise<number> {
  const { workspace, progress } = openSession(context, options);
  const { toolkit, env, signal } = context;
  await buildBeforeSynthesis(workspace.configFile, toolkit, progress);
  const assemblyDir = await mkdtemp(join(tmpdir(), 'cdk-ml-serving-validate-'));
  try {
    const { stacks, warnings } = await progress.step(`${workspace.configFile} is checked`, async () => {
      const target = targetAt('http://localhost:4566');
      const { environment } = options;
      const elsewhere = { ...workspace, assemblyDir };
      await synthesize({ toolkit, workspace: elsewhere, target, environment, env, signal }, EMBEDDED);
      return { stacks: await readStacks(assemblyDir), warnings: await readWarnings(assemblyDir) };
    });
    for (const warning of warnings) context.terminal.err(`Warning: ${warning}\n`);
    context.terminal.out(`valid: ${stacks.map(({ name }) => name).join(', ')}\n`);
    return 0;
  } finally {
    await rm(assemblyDir, { recursive: true, force: true });
  }
}
