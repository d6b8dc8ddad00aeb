import type { Command } from 'commander';
import type { CommandContext } from './context';

// biome-ignore lint/suspicious/noExplicitAny: commander hands options over untyped; each command declares its own
export type CommandFunction = (context: CommandContext, ...args: any[]) => Promise<number>;

/** Where a group of commands is added. */
export interface Commands {
  readonly program: Command;
  readonly context: CommandContext;
  /** Told the exit code of the command that ran. */
  readonly exit: (code: number) => void;
  /** A command about the services of a configuration: with `--config`, `--environment` and `--endpoint`. */
  readonly add: (name: string, description: string, run: CommandFunction) => Command;
}
