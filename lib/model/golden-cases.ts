import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Golden } from '../../lambdas/shared/contract';

/** Golden cases, of which there is at least one: a release that is tested with nothing would always pass. */
export function readGoldenCases(file: string): Golden {
  let golden: Golden;
  try {
    golden = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${path.resolve(file)} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!Array.isArray(golden?.cases) || golden.cases.length === 0) {
    throw new Error(`${path.resolve(file)} has no cases: {"tolerance": 1e-4, "cases": [{"inputs", "outputs"}]}`);
  }
  return golden;
}
