import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FunctionSettings } from '../test/runtime/lambda-function';
import { type Model, subject } from './subject';

/** A function of the least handler there is, with the same model and layer. */
export function bareFunction({ file, settings }: Model): FunctionSettings {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bare-function-'));
  mkdirSync(path.join(folder, 'model'));
  copyFileSync(file, path.join(folder, 'model/model.onnx'));
  copyFileSync(subject('bare-handler'), path.join(folder, 'index.mjs'));
  return { ...settings, folder };
}
