import { mkdir, writeFile } from 'node:fs/promises';
import { findCdk } from '../local/cdk-cli';
import { deploy } from '../local/deploy';
import { type RunningEmulator, startEmulator } from '../local/emulator';
import { type Endpoints, writeEndpoints } from '../local/endpoints';
import { LocalRunError } from '../local/errors';
import { HINTS } from '../local/hints';
import { withLock } from '../local/lock';
import { type Target, targetAt } from '../local/target';
import { buildBeforeSynthesis } from './build';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';

export interface UpResult {
  readonly endpoints: Endpoints;
  /** Absent when the emulator is somebody else's. */
  readonly emulator?: RunningEmulator;
}

/** Emulator running, configuration deployed, `endpoints.json` written. */
export async function bringUp(session: Session, onEmulator?: (emulator: RunningEmulator) => void): Promise<UpResult> {
  const { workspace, progress, external, options, context } = session;
  const { toolkit, env, signal } = context;
  // Before anything is installed or started.
  await findCdk(toolkit, workspace);
  await buildBeforeSynthesis(workspace.configFile, toolkit, progress);
  await mkdir(workspace.dir, { recursive: true });
  await writeFile(workspace.ignoreFile, '*\n');
  return withLock(workspace.dir, async () => {
    const emulator = external
      ? undefined
      : await startEmulator({ toolkit, workspace, progress, env, port: options.port, signal });
    if (emulator) {
      onEmulator?.(emulator);
    }
    const target = external ?? targetAt(emulator?.endpointUrl ?? '');
    await requireAnswer(target);
    const { environment } = options;
    const { stacks } = await deploy({ toolkit, workspace, target, environment, progress, env, signal });
    return { emulator, endpoints: await writeEndpoints(workspace, target, stacks) };
  });
}

async function requireAnswer({ endpointUrl }: Target): Promise<void> {
  await fetch(endpointUrl, { signal: AbortSignal.timeout(10_000) }).catch((error: Error) => {
    throw new LocalRunError(`Nothing answers at ${endpointUrl} (${error.cause ?? error.message}).`, {
      hint: 'Start that emulator, or leave --endpoint and AWS_ENDPOINT_URL away to use the embedded one.',
    });
  });
}

export async function up(context: CommandContext, options: CommonOptions): Promise<number> {
  const session = openSession(context, options);
  const { endpoints } = await bringUp(session);
  for (const [name, { url, auth }] of Object.entries(endpoints.services)) {
    context.terminal.out(`${name}  ${url}${auth === 'none' ? '  (open: auth none)' : `  (auth ${auth})`}\n`);
  }
  context.terminal.err(`\nAs a file: ${session.workspace.endpointsFile}\nStop it with: ${HINTS.down}\n`);
  return 0;
}
