import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NO_TELEMETRY } from '../lambdas/shared/contract';

/** Everything a test run writes to the temporary folder is in one folder of its own, removed at the end. */
export default function setup(): () => void {
  // What the SDK says of Node versions to come is noise between the results.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // As in the functions: what tests do with models is nobody's business.
  Object.assign(process.env, NO_TELEMETRY);
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cdk-ml-serving-test-'));
  process.env.TMPDIR = folder;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true });
  };
}
