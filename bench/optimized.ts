import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { optimize } from '../bin/commands/optimize';
import { toolkitAt } from '../bin/local/workspace';
import { runTask } from '../bin/onnx/run-task';
import { GOLDEN_FILE, MODEL_FILE } from '../lambdas/shared/contract';
import { predictFunction } from '../test/runtime/function-folder';
import { ROOT } from '../test/runtime/install';
import type { FunctionSettings } from '../test/runtime/lambda-function';

const CONTEXT = { toolkit: toolkitAt(ROOT), cwd: ROOT, env: process.env, signal: new AbortController().signal };

/**
 * The function of a model with an artefact for this CPU, made as anybody would make it: golden cases recorded, then
 * `optimize`. Undefined where this machine makes none.
 */
export async function optimizedFunction(
  folder: string,
  input: { readonly name: string; readonly shape: readonly (number | string)[] },
): Promise<FunctionSettings | undefined> {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') return undefined;
  const { golden } = await runTask({ kind: 'record', model: path.join(folder, MODEL_FILE), inputs: [input] }, CONTEXT);
  writeFileSync(path.join(folder, GOLDEN_FILE), JSON.stringify(golden));
  const terminal = { interactive: false, out: (text: string) => process.stderr.write(text), err: () => {} };
  await optimize({ ...CONTEXT, terminal }, folder, { force: true });
  return predictFunction(folder);
}
