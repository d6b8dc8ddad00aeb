import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { readDeployed } from '../local/deployment-record';
import { stopEmulator } from '../local/emulator';
import { deleteData } from '../local/emulator-record';
import { deleteStack, describeStack } from '../local/stacks';
import { clientConfig, type Target } from '../local/target';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';

export interface DownOptions extends CommonOptions {
  /** Delete what was deployed and stored, too. */
  readonly deleteData?: boolean;
}

export async function down(context: CommandContext, options: DownOptions): Promise<number> {
  const session = openSession(context, options);
  const { workspace, progress, external } = session;
  if (external) {
    await leaveExternal(session, external, options.deleteData ?? false);
    return 0;
  }
  await progress.step('Emulator', async ({ outcome }) => {
    const stopped = await stopEmulator(workspace);
    outcome(stopped ? 'Emulator stopped, state saved' : 'No emulator was running');
  });
  if (options.deleteData) {
    await progress.step('Data deleted', () => deleteData(workspace));
  }
  return 0;
}

/** Somebody else's emulator stays; the stacks of this configuration go when that is asked for. */
async function leaveExternal(
  { workspace, progress, context }: Session,
  target: Target,
  remove: boolean,
): Promise<void> {
  if (!remove) {
    context.terminal.err(`The emulator at ${target.endpointUrl} was not started here and is left running.\n`);
    context.terminal.err('With --delete-data the stacks of this configuration are deleted there.\n');
    return;
  }
  const client = new CloudFormationClient(clientConfig(target));
  for (const { name, id } of (await readDeployed(workspace))?.stacks ?? []) {
    if ((await describeStack(client, name))?.StackId === id) {
      await progress.step(`Stack ${name} deleted`, () => deleteStack(client, name));
    }
  }
  await deleteData(workspace);
}
