import * as fs from 'node:fs';
import * as path from 'node:path';
import { Transform } from '../../index';
import { valueType } from './value-type';

/** A folder with the code and its card. */
export const transformValue = valueType<string, Transform>({
  schema: { type: 'string', minLength: 1 },
  allowed: 'the path of a folder with transform.yaml and index.mjs, relative to this file',
  toCdk(written, { folder }) {
    // Relative to the working directory where it can be: the path is part of messages.
    return Transform.fromAsset(path.relative(process.cwd(), path.resolve(folder, written)));
  },
  problem(written, folder) {
    if (typeof written !== 'string' || fs.existsSync(path.resolve(folder, written))) return undefined;
    return `names a folder that does not exist: ${written}.`;
  },
});
