import { GOLDEN_FILE, type InputSpec, MODEL_FILE, type OutputSpec } from '../../lambdas/shared/contract';
import type { CardFields } from '../../lib/model/card-fields';
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
  /** The card that was there before, where it stays. */
  readonly kept?: Pick<CardFields, 'version'>;
  readonly recording: Recording;
}

/** What was done, and what is left to people. */
export function initReport(outcome: InitOutcome): string {
  const { name, pattern, folder, configFile, isNewEntry, isGiven, kept, recording } = outcome;
  const { inputs, outputs, golden, notes } = recording;
  const cases = `${golden.cases.length} ${golden.cases.length === 1 ? 'case' : 'cases'}`;
  const entry = isNewEntry ? `services.${name}: ${pattern}` : `services.${name} as it was`;
  const lines = [
    '',
    `${folder}`,
    `  ${MODEL_FILE}   ${describeFile(outcome.found)}`,
    `  model.yaml   inputs  ${inputs.map(signature).join(', ')}`,
    `               outputs ${outputs.map(signature).join(', ')}`,
    ...(kept ? [`               version ${kept.version}; what else you wrote there stays`] : []),
    `  ${GOLDEN_FILE}  ${cases}: what it answers today, with ONNX Runtime ${recording.onnxRuntime}, to ${isGiven ? 'your' : 'made-up'} inputs`,
    '  RUNBOOK.md   what its alarms mean',
    `${configFile}`,
    `  ${entry}`,
    '',
    ...notes.map((note) => `Note: ${note}`),
    ...(notes.length > 0 ? [''] : []),
    'Next:',
    ...nextSteps(outcome).map((step, at) => `  ${at + 1}. ${step}`),
  ];
  return `${lines.join('\n')}\n`;
}

function nextSteps({ file, folder, isGiven, kept, name }: InitOutcome): string[] {
  const card = `${folder}/model.yaml`;
  return [
    kept
      ? `Look over ${card}: whether lineage and objective still hold.`
      : `Fill in what is marked TODO in ${card}: description, class names (labels), units, limits, lineage.`,
    ...(isGiven ? [] : [KNOWN_ROWS(file, name)]),
    `Run it: npx cdk-ml-serving start, then POST to /v2/models/${name}/infer or /predict.`,
    `Measure it: npx cdk-ml-serving measure ${name}`,
  ];
}

const KNOWN_ROWS = (file: string, name: string) =>
  [
    'The golden cases say what the model does, not what is right. Put rows in their place whose answers you know:',
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
