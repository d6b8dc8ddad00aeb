import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UsageError } from './errors';

/** The package itself, as built: what a local run needs of it. */
export interface Toolkit {
  /** Folder of the package's `package.json`. */
  readonly root: string;
  /** Folder that holds `gaps.py` and `requirements.txt`. */
  readonly launcherDir: string;
  /** The CDK app, run by this Node. */
  readonly app: string;
}

export function toolkitAt(root: string): Toolkit {
  return { root, launcherDir: join(root, 'build', 'bin', 'local'), app: join(root, 'build', 'bin', 'app.js') };
}

/** Where one configuration keeps everything of its local run. */
export interface Workspace {
  readonly configFile: string;
  /** State, logs and results of this configuration. */
  readonly dir: string;
  /** The emulator's virtual environment and the functions' Node; may be shared by several configurations. */
  readonly toolsDir: string;
  readonly emulatorFile: string;
  readonly emulatorLog: string;
  /** What the emulator saves when it is stopped. */
  readonly stateDir: string;
  readonly s3Dir: string;
  /** Where the emulator unpacks functions. */
  readonly functionsDir: string;
  /** Keeps the folder out of git. */
  readonly ignoreFile: string;
  readonly assemblyDir: string;
  readonly deployedFile: string;
  readonly deployLog: string;
  readonly endpointsFile: string;
}

const DEFAULT_CONFIG = 'serving.yaml';

/**
 * `.local` beside the configuration file. Another file in the same folder than `serving.yaml` gets a folder of its own
 * in there (`.local/<name>`), so that the two have separate emulators and need separate ports.
 */
export function workspaceOf(configFile: string, toolsDir?: string): Workspace {
  const local = join(dirname(configFile), '.local');
  const name = basename(configFile, extname(configFile));
  const dir = basename(configFile) === DEFAULT_CONFIG ? local : join(local, name);
  return {
    configFile,
    dir,
    toolsDir: toolsDir ?? local,
    emulatorFile: join(dir, 'emulator.json'),
    emulatorLog: join(dir, 'emulator.log'),
    stateDir: join(dir, 'state'),
    s3Dir: join(dir, 's3'),
    functionsDir: join(dir, 'functions'),
    ignoreFile: join(local, '.gitignore'),
    assemblyDir: join(dir, 'cdk.out'),
    deployedFile: join(dir, 'deployed.json'),
    deployLog: join(dir, 'deploy.log'),
    endpointsFile: join(dir, 'endpoints.json'),
  };
}

/** The file that is asked for; by default the nearest `serving.yaml`, from the current folder upwards. */
export function findConfig(cwd: string, asked?: string): string {
  if (asked !== undefined) {
    const file = resolve(cwd, asked);
    if (!existsSync(file)) {
      throw new UsageError(`There is no configuration file ${file}.`);
    }
    return file;
  }
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const file = join(dir, DEFAULT_CONFIG);
    if (existsSync(file)) {
      return file;
    }
    if (dir === dirname(dir)) {
      throw new UsageError(`There is no ${DEFAULT_CONFIG} in ${cwd} or a folder above it.`, {
        hint: 'Name it: --config FILE',
      });
    }
  }
}
