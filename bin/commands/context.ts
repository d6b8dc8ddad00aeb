import { Progress, type Terminal } from '../local/progress';
import { type Target, targetAt } from '../local/target';
import { findConfig, type Toolkit, type Workspace, workspaceOf } from '../local/workspace';

/** The outside world of a command; the entry point passes the real one, tests another. */
export interface CommandContext {
  readonly toolkit: Toolkit;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Options every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly endpoint?: string;
  readonly environment: string;
  readonly port?: number;
}

/** What all commands work with. */
export interface Session {
  readonly context: CommandContext;
  readonly options: CommonOptions;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** The emulator of somebody else that is to be used; absent when it is the embedded one. */
  readonly external?: Target;
}

export function openSession(context: CommandContext, options: CommonOptions): Session {
  const { cwd, env, terminal } = context;
  const endpoint = options.endpoint ?? env.AWS_ENDPOINT_URL;
  return {
    context,
    options,
    workspace: workspaceOf(findConfig(cwd, options.config), env.CDK_ML_SERVING_TOOLS),
    progress: new Progress(terminal),
    external: endpoint ? targetAt(endpoint) : undefined,
  };
}
