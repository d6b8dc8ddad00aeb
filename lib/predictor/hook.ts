import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { HOOK_FILE } from '../../lambdas/shared/contract';
import { BUILD_COMMAND, changedSource, locateHook } from './hook-file';

/**
 * Code of yours that runs in a predictor's function, before the model or behind it. It is a module whose default export
 * is the hook; its types are in `cdk-ml-serving/hook`.
 */
export class Hook {
  /**
   * A module that needs nothing beside itself, or what `npx cdk-ml-serving build` makes one of.
   *
   * @param path a `.mjs` file; a folder with `index.mjs` and the files it reads; or a `.ts`, `.mts` or `.js` file (a
   * folder with `index.ts`) that has been built
   * @throws when it is not there, not built, or was changed since
   */
  public static fromAsset(path: string): Hook {
    const { built, source } = locateHook(path);
    if (source !== undefined) requireBuilt(built, source);
    return new Hook(built);
  }

  /** The file or the folder that ships with the function. */
  public readonly path: string;

  private constructor(built: string) {
    this.path = built;
  }

  /** @internal Changes whenever the hook does. */
  public _digest(): string {
    return FileSystem.fingerprint(this.path);
  }

  /** @internal Put it into a folder of the function's code. */
  public _copyTo(folder: string): void {
    fs.mkdirSync(folder, { recursive: true });
    const isFolder = fs.statSync(this.path).isDirectory();
    fs.cpSync(this.path, isFolder ? folder : path.join(folder, HOOK_FILE), { recursive: true });
  }
}

function requireBuilt(built: string, source: string): void {
  if (!fs.existsSync(built)) throw new Error(`${source} is not built: run "${BUILD_COMMAND}" first.`);
  const changed = changedSource(built);
  if (changed !== undefined) {
    throw new Error(`${changed} was changed since ${source} was built: run "${BUILD_COMMAND}" again.`);
  }
}
