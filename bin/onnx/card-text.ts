import { stringify } from 'yaml';
import type { InputSpec, OutputSpec } from '../../lambdas/shared/contract';
import type { GraphValue, OnnxModel } from './read-model';

/** What the card of a new model says. */
export interface NewCard {
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly sha256: string;
  /** Name of the file that the model came as. */
  readonly source: string;
  readonly model: OnnxModel;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
}

/** The card: what the file says of itself, and TODO where only people know. */
export function cardText({ name, version, owner, sha256, source, model, inputs, outputs }: NewCard): string {
  const description = sentence(model.description);
  return `# Made by cdk-ml-serving init from ${line(source)}. What no file can say is marked TODO.
schemaVersion: 1
name: ${value(name)}
version: ${JSON.stringify(version)}
description: ${value(description || 'TODO, what the model does in a sentence')}${description ? '' : ' # TODO'}
owner: ${value(owner)}
task: ${value('TODO')} # such as tabular-classification
# of model.onnx; a file with another hash is never served
sha256: ${JSON.stringify(sha256)}
# Names, datatypes and shapes are those of the ONNX graph; -1 may vary, and the first dimension is the batch.
inputs:
${inputs.map((spec) => tensor(spec, find(model.inputs, spec.name), INPUT_HINTS)).join('')}outputs:
${outputs.map((spec) => tensor(spec, find(model.outputs, spec.name), OUTPUT_HINTS)).join('')}# TODO: the data, the training script and the metrics, so that the model can be made again
lineage:
${indented(stringify(lineage(source, model), { lineWidth: 0, blockQuote: false }), 2)}# p99Ms: what users of one request are promised, in milliseconds; the threshold of the alarm. monthlyCostUsd: US dollars.
objective:
  p99Ms: 1000 # TODO
  monthlyCostUsd: 50 # TODO
# relative to this file
runbook: RUNBOOK.md
`;
}

const INPUT_HINTS = `  # unit: TODO
  # minimum: 0 # others are refused
  # maximum: 1
`;
const OUTPUT_HINTS = `  # labels: [no, yes] # class names
`;

function tensor({ name, datatype, shape }: InputSpec | OutputSpec, declared: GraphValue | undefined, hints: string) {
  const open = declared?.shape?.map(String).some((size) => !/^-?\d+$/.test(size));
  const names = open ? ` # [${line(declared?.shape?.join(', ') ?? '')}]` : '';
  const description = sentence(declared?.description ?? '');
  return `- name: ${value(name)}
  datatype: ${datatype}
  shape: [${shape.join(', ')}]${names}
  ${description ? `description: ${value(description)}` : '# description: TODO'}
${hints}`;
}

function lineage(source: string, { producer, irVersion, opsets, metadata }: OnnxModel): Record<string, unknown> {
  return {
    source,
    producer: producer || 'unknown',
    irVersion,
    opsets: Object.fromEntries(opsets.map(({ domain, version }) => [domain || 'ai.onnx', version])),
    // Some exporters put whole configurations there.
    ...(metadata.length > 0 && {
      metadata: Object.fromEntries(
        metadata.slice(0, 20).map(({ key, value: text }) => [sentence(key), sentence(text)]),
      ),
    }),
  };
}

function find(values: readonly GraphValue[], name: string): GraphValue | undefined {
  return values.find((each) => each.name === name);
}

/** A text as YAML, on one line. */
function value(text: string): string {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) ? JSON.stringify(text) : stringify(text, { lineWidth: 0 }).trimEnd();
}

/** Long texts of a file are for its own tools. */
function sentence(text: string): string {
  const words = line(text);
  return words.length > 300 ? `${words.slice(0, 299)}…` : words;
}

/** What may stand in a comment. */
function line(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}
