import * as fs from 'node:fs';
import * as path from 'node:path';
import { OPTIMIZED_CPUS, OPTIMIZED_DIR, type OptimizedCpu } from '../../lambdas/shared/contract';
import { sha256 } from './sha256';

/** What `cdk-ml-serving optimize` writes beside an artefact, as `<cpu>.json`. */
export interface ArtefactRecord {
  readonly schemaVersion: 1;
  readonly note: string;
  /** The features of its CPU, as functions name their own. */
  readonly cpu: string;
  /** Version of ONNX Runtime that made it, the only one that takes it. */
  readonly onnxRuntime: string;
  /** SHA-256 of the portable model that it was made of. */
  readonly modelSha256: string;
  /** SHA-256 of the artefact that passed the golden cases. */
  readonly sha256: string;
}

/** A model that ONNX Runtime has optimised for one CPU. */
export interface Artefact {
  readonly cpu: OptimizedCpu;
  readonly file: string;
}

/** What of a model's artefacts can ship, and what cannot, with the reason. */
export interface Artefacts {
  readonly valid: readonly Artefact[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

/** The artefacts in a model's folder that were made of this very model, by this very ONNX Runtime. */
export function readArtefacts(modelFolder: string, modelSha256: string, onnxRuntime: string): Artefacts {
  const folder = path.join(modelFolder, OPTIMIZED_DIR);
  if (!fs.existsSync(folder)) return { valid: [], leftOut: [] };
  const found = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .sort()
    .map((name) => ({ cpu: path.basename(name, '.onnx') as OptimizedCpu, file: path.join(folder, name) }));
  const checked = found.map((each) => ({ ...each, reason: faultOf(each, modelSha256, onnxRuntime) }));
  return {
    valid: checked.filter(({ reason }) => reason === undefined).map(({ cpu, file }) => ({ cpu, file })),
    leftOut: checked.flatMap(({ file, reason }) => (reason === undefined ? [] : [{ file, reason }])),
  };
}

function faultOf({ cpu, file }: Artefact, modelSha256: string, onnxRuntime: string): string | undefined {
  if (!OPTIMIZED_CPUS.includes(cpu)) return `no function looks for it: they look for ${OPTIMIZED_CPUS.join(' and ')}`;
  const recordFile = `${cpu}.json`;
  const record = readRecord(path.join(path.dirname(file), recordFile));
  if (record?.schemaVersion !== 1) return `there is no ${recordFile} beside it that says what it was made of`;
  if (record.cpu !== cpu) return `${recordFile} is of another CPU: ${record.cpu}`;
  if (record.modelSha256 !== modelSha256) return 'it was made of another model than the one that ships';
  if (record.onnxRuntime !== onnxRuntime) {
    return `it was made by ONNX Runtime ${record.onnxRuntime}, and the function has ${onnxRuntime}`;
  }
  const actual = sha256(fs.readFileSync(file));
  return actual === record.sha256 ? undefined : `it is not the file that was tested: its sha256 is ${actual}`;
}

function readRecord(file: string): Partial<ArtefactRecord> | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
