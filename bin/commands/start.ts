import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEmulator, stopEmulator } from '../local/emulator';
import { LocalRunError } from '../local/errors';
import { isRunning } from '../local/processes';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';
import { showDemo } from './demo';
import { bringUp } from './up';

export interface StartOptions extends CommonOptions {
  /** Stop after the table. */
  readonly once?: boolean;
}

/** Everything in one go: up, demo, and stay until Ctrl-C. What it started it stops. */
export async function start(context: CommandContext, options: StartOptions): Promise<number> {
  const session = openSession(context, options);
  let emulator: RunningEmulator | undefined;
  try {
    const { endpoints } = await bringUp(session, (running) => {
      emulator = running;
    });
    const exitCode = await showDemo(session, endpoints);
    if (options.once) {
      return exitCode;
    }
    await stayUntilInterrupted(session, emulator);
    return 0;
  } finally {
    if (emulator?.started) {
      await session.progress.step('Emulator stopped, state saved', () => stopEmulator(session.workspace));
    }
  }
}

async function stayUntilInterrupted({ context, workspace }: Session, emulator?: RunningEmulator): Promise<void> {
  context.terminal.err(`\nEndpoints: ${workspace.endpointsFile}\nRunning until Ctrl-C.\n`);
  while (!context.signal.aborted) {
    await sleep(500, undefined, { signal: context.signal }).catch(() => undefined);
    if (emulator && !(await isRunning(emulator.pid))) {
      throw new LocalRunError('The emulator has ended.', { hint: `Its log: ${workspace.emulatorLog}` });
    }
  }
}
