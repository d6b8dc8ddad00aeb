import { GOLDEN_FILE, type InputSpec, MODEL_FILE, type OutputSpec } from '../../lambdas/shared/contract';
import type { ModelFile } from './model-file';
import { quoted } from './refusals';
import type { Recording } from './task';

export interface InitOutcome {
  readonly name: string;
  readonly pattern: string;
  readonly folder: string;
  readonly configFile: string;
  /** The model as it was named on the command line. */
  readonly file: string;
  readonly isNewEntry: boolean;
  /** Whether the golden inputs were given. */
  readonly isGiven: boolean;
  readonly found: ModelFile;
  readonly recording: Recording;
}

/** What was done, and what is left to people. */
export function initReport(outcome: InitOutcome): string {
  const { name, pattern, folder, configFile, file, isNewEntry, isGiven, recording } = outcome;
  const { inputs, outputs, golden, notes } = recording;
  const cases = `${golden.cases.length} ${golden.cases.length === 1 ? 'case' : 'cases'}`;
  const entry = isNewEntry ? `services.${name}: ${pattern}` : `services.${name} as it was`;
  const lines = [
    '',
    `${folder}`,
    `  ${MODEL_FILE}   ${describeFile(outcome.found)}`,
    `  model.yaml   inputs  ${inputs.map(signature).join(', ')}`,
    `               outputs ${outputs.map(signature).join(', ')}`,
    `  ${GOLDEN_FILE}  ${cases}: what it answers today, with ONNX Runtime ${recording.onnxRuntime}, to ${isGiven ? 'your' : 'made-up'} inputs`,
    '  RUNBOOK.md   what its alarms mean',
    `${configFile}`,
    `  ${entry}`,
    '',
    ...notes.map((note) => `Note: ${note}`),
    ...(notes.length > 0 ? [''] : []),
    'Next:',
    `  1. Fill in what is marked TODO in ${folder}/model.yaml: description, class names (labels), units, limits, lineage.`,
    ...(isGiven ? [] : [KNOWN_ROWS(file, name)]),
    `  ${isGiven ? 2 : 3}. Run it: npx cdk-ml-serving start, then POST to /v2/models/${name}/infer or /predict.`,
    `  ${isGiven ? 3 : 4}. Measure it: npx cdk-ml-serving measure ${name}`,
  ];
  return `${lines.join('\n')}\n`;
}

const KNOWN_ROWS = (file: string, name: string) =>
  [
    '  2. The golden cases say what the model does, not what is right. Put rows in their place whose answers you know:',
    `     npx cdk-ml-serving init ${/\s/.test(file) ? quoted(file) : file} --name ${name} --force --input rows.json, with {"instances": [...]}`,
  ].join('\n');

function describeFile({ content, model }: ModelFile): string {
  const opset = model.opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx') ?? model.opsets[0];
  const made = model.producer ? `, made by ${model.producer}` : '';
  return `${sizeText(content.length)}, opset ${opset?.version}, IR version ${model.irVersion}${made}`;
}

/** A name with anything odd in it stands in quotes. */
function signature({ name, datatype, shape }: InputSpec | OutputSpec): string {
  return `${/^[\w./:-]+$/.test(name) ? name : quoted(name)} ${datatype} [${shape.join(', ')}]`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KiB'] : [bytes / 1024 ** 2, 'MiB'];
  return `${size.toPrecision(3)} ${unit}`;
}
