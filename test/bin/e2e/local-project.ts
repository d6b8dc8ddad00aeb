import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { main } from '../../../bin/commands/command-line';
import type { Endpoints } from '../../../bin/local/endpoints';
import { nextFreePort } from '../../../bin/local/port';
import { workspaceOf } from '../../../bin/local/workspace';
import { RecordedTerminal } from '../terminal';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A project in a folder of its own, deployed with the tiny app; commands run in this process. */
export class LocalProject {
  private constructor(
    readonly dir: string,
    readonly port: number,
  ) {}

  static async create(serving: string): Promise<LocalProject> {
    const dir = await mkdtemp(join(tmpdir(), 'project-'));
    await cp(join(ROOT, 'models', 'iris'), join(dir, 'models', 'iris'), { recursive: true });
    const project = new LocalProject(dir, (await nextFreePort(4700 + (process.pid % 200))) ?? 0);
    await project.write(serving);
    return project;
  }

  /** The app of these tests reads the services alone; the rest is what the command line asks of a configuration. */
  write(serving: string, file = 'serving.yaml'): Promise<void> {
    const { services } = parse(serving) as { services: Record<string, object> };
    const entries = Object.entries(services).map(([name, entry]) => [name, { pattern: 'web-single', ...entry }]);
    const whole = { environments: { local: { local: true } }, services: Object.fromEntries(entries) };
    return writeFile(join(this.dir, file), stringify(whole));
  }

  get workspace() {
    return workspaceOf(join(this.dir, 'serving.yaml'));
  }

  run(...args: string[]): Promise<CommandResult> {
    return this.launch(args).done;
  }

  /** A command that goes on until it is interrupted. */
  launch(args: readonly string[]) {
    const terminal = new RecordedTerminal();
    const interrupt = new AbortController();
    const started = Date.now();
    const done = main(args, {
      toolkit: {
        root: ROOT,
        launcherDir: join(ROOT, 'bin', 'local'),
        app: join(import.meta.dirname, 'tiny-app.cjs'),
      },
      cwd: this.dir,
      // The emulator is installed once for all projects.
      env: { ...withoutEndpoint(process.env), CDK_ML_SERVING_TOOLS: join(ROOT, '.local') },
      terminal,
      signal: interrupt.signal,
    }).then((exitCode): CommandResult => {
      const { stdout, stderr } = terminal;
      return { exitCode, stdout, stderr, seconds: (Date.now() - started) / 1000 };
    });
    return { terminal, done, interrupt: () => interrupt.abort() };
  }

  async endpoints(): Promise<Endpoints> {
    return JSON.parse(await readFile(this.workspace.endpointsFile, 'utf8'));
  }

  async emulatorPid(): Promise<number> {
    return JSON.parse(await readFile(this.workspace.emulatorFile, 'utf8')).pid;
  }

  /** Calls a service without authentication. */
  async call(service: string, body: unknown) {
    const url = `${(await this.endpoints()).services[service]?.url}/v2/models/iris/infer`;
    const started = Date.now();
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text), ms: Date.now() - started };
  }
}

function withoutEndpoint({ AWS_ENDPOINT_URL: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
