import * as fs from 'node:fs';
import * as path from 'node:path';
import { Hook } from '../../index';
import { valueType } from './value-type';

/** A module of the user's, built or to be built. */
export const hookValue = valueType<string, Hook>({
  schema: { type: 'string', minLength: 1 },
  allowed: 'the path of a module, relative to this file: .mjs, or .ts and .js that `npx cdk-ml-serving build` bundles',
  toCdk(written, { folder }) {
    // Relative to the working directory where it can be: the path is part of messages.
    return Hook.fromAsset(path.relative(process.cwd(), path.resolve(folder, written)));
  },
  problem(written, folder) {
    if (typeof written !== 'string' || fs.existsSync(path.resolve(folder, written))) return undefined;
    return `names a module that does not exist: ${written}.`;
  },
});
