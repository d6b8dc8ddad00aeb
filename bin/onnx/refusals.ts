import { basename } from 'node:path';
import { PACKAGE_BYTES } from '../../lib/model/package-limit';
import { datatypeOf, elementTypeName } from './element-types';
import type { GraphValue, OnnxModel, Operator } from './read-model';

/** Why a model is not served, and what to do about it. */
export interface Refusal {
  readonly reason: string;
  readonly wayOut: string;
}

/** Domains that ONNX Runtime has operators for. Which ones, and in which versions, is what it says when it loads. */
const DOMAINS = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft', 'com.microsoft.nchwc', 'com.ms.internal.nhwc'];

/** What a function brings along itself: handlers, and ONNX Runtime for the larger of the two architectures. */
const FUNCTION_BYTES = 50_000_000;

/** Refuses what does not fit into a function's package beside all the rest. */
export function sizeRefusals(bytes: number): Refusal[] {
  const room = PACKAGE_BYTES - FUNCTION_BYTES;
  if (bytes <= room) return [];
  const [needed, there] = [bytes, room].map((size) => Math.ceil(size / 1024 / 1024));
  return [
    {
      reason: `It has ${needed} MiB, and beside ONNX Runtime a function's package holds ${there} MiB.`,
      wayOut:
        'Load it from S3 (model-load): --bucket NAME --key PATH. Or make it smaller: int8 is a quarter of float (onnxruntime.quantization).',
    },
  ];
}

/** What can be seen to stand in the way without running anything. All of it, so that one look is enough. */
export function refusalsOf(model: OnnxModel, file: string): Refusal[] {
  const name = basename(file);
  return [
    ...externalData(model.externalData, name),
    ...customOperators(model.operators),
    ...emptySignature(model),
    ...model.inputs.flatMap((value) => valueRefusals('input', value)),
    ...model.outputs.flatMap((value) => outputRefusals(value, model, name)),
  ];
}

function externalData(locations: readonly string[], name: string): Refusal[] {
  if (locations.length === 0) return [];
  const files = [...new Set(locations)];
  const outside = files.filter((location) => /^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)/i.test(location));
  if (outside.length > 0) {
    return [
      {
        reason: `Weights lie in files outside of the model's folder (${list(outside)}). Such a path reads what it likes of the machine that loads it.`,
        wayOut: `If you trust the model and the files are there: ${merge(name)}`,
      },
    ];
  }
  return [
    {
      reason: `${locations.length} of its tensors lie in other files (${list(files)}). A model is served as one file, whose hash is checked.`,
      wayOut: `In Python: ${merge(name)}`,
    },
  ];
}

function merge(name: string): string {
  return `onnx.save(onnx.load(${JSON.stringify(name)}), "merged.onnx") writes all of it into one file of up to 2 GB.`;
}

function customOperators(operators: readonly Operator[]): Refusal[] {
  const custom = operators.filter(({ domain }) => !DOMAINS.includes(domain));
  if (custom.length === 0) return [];
  return [
    {
      reason: `It needs operators that ONNX Runtime does not have: ${list(custom.map(({ domain, type }) => `${domain}.${type}`))}.`,
      wayOut:
        'Export it with operators of ONNX alone, or as functions of the model (onnx.FunctionProto). Libraries of custom operators are not loaded.',
    },
  ];
}

function emptySignature({ inputs, outputs }: OnnxModel): Refusal[] {
  const missing = [...(inputs.length ? [] : ['inputs']), ...(outputs.length ? [] : ['outputs'])];
  return missing.map((side) => ({
    reason: `It has no ${side}${side === 'inputs' ? ': every answer would be the same' : ''}.`,
    wayOut: `Export it with its ${side} as ${side} of the graph.`,
  }));
}

function outputRefusals(value: GraphValue, model: OnnxModel, file: string): Refusal[] {
  const zipMap = model.zipMaps.some(({ output }) => output.includes(value.name));
  if (!zipMap) return valueRefusals('output', value);
  return [
    {
      reason: `Output ${quoted(value.name)} is a list of maps (ZipMap): the probabilities of a classifier as dictionaries of Python.`,
      wayOut: [
        "Export it with them as a tensor: skl2onnx.to_onnx(model, X, options={'zipmap': False}); onnxmltools: zipmap=False.",
        'Without the trained model, take the last node off, in Python:',
        ...withoutZipMap(file),
      ].join('\n'),
    },
  ];
}

/** `onnx.utils.extract_model` needs the type of what it is cut to, which converters leave out. */
function withoutZipMap(file: string): string[] {
  return [
    'import onnx',
    `model = onnx.load(${JSON.stringify(file)})`,
    'graph = model.graph',
    'zipmap = next(node for node in graph.node if node.op_type == "ZipMap")',
    'graph.node.remove(zipmap)',
    'graph.output.remove(next(output for output in graph.output if output.name == zipmap.output[0]))',
    'graph.output.append(onnx.helper.make_tensor_value_info(zipmap.input[0], onnx.TensorProto.FLOAT, [None, None]))',
    'onnx.save(model, "tensors.onnx")',
  ].map((line) => `    ${line}`);
}

function valueRefusals(side: 'input' | 'output', value: GraphValue): Refusal[] {
  const what = `${side === 'input' ? 'Input' : 'Output'} ${quoted(value.name)}`;
  // An object keyed by it would not have it.
  if (value.name.trim() === '' || value.name === '__proto__') {
    return [
      { reason: `${what} has a name that no request can use.`, wayOut: 'Rename it: onnx.compose.add_prefix_graph.' },
    ];
  }
  if (value.kind === 'unknown') return [];
  if (value.kind !== 'tensor') return [notATensor(what, value.kind)];
  if (value.elementType !== 0 && datatypeOf(value.elementType) === undefined) {
    return [
      {
        reason: `${what} has type ${elementTypeName(value.elementType)}, which ONNX Runtime for Node does not carry.`,
        wayOut: `Put a Cast to FLOAT (or an integer of 8 bits or more) ${side === 'input' ? 'behind the input' : 'before the output'}; inside of the model the type may stay.`,
      },
    ];
  }
  const empty = value.shape?.some((size) => typeof size === 'number' && (size === 0 || size < -1));
  if (!empty) return [];
  return [
    {
      reason: `${what} has shape [${value.shape?.join(', ')}]: there is nothing in it.`,
      wayOut: 'Export it with sizes of at least 1, or open ones.',
    },
  ];
}

function notATensor(what: string, kind: GraphValue['kind']): Refusal {
  const named = kind === 'sparseTensor' ? 'a sparse tensor' : kind === 'optional' ? 'optional' : `a ${kind}`;
  return {
    reason: `${what} is ${named}; only tensors travel in requests and answers.`,
    wayOut:
      kind === 'sequence'
        ? 'Make one tensor of it in the model: ConcatFromSequence (new_axis=1 where all have one shape), or an output for each element.'
        : 'Export the model with tensors in its stead.',
  };
}

/** Names may hold anything, line breaks too. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}

function list(items: readonly string[]): string {
  const shown = items.slice(0, 5).map((item) => (/^[\w./-]+$/.test(item) ? item : quoted(item)));
  return items.length > 5 ? `${shown.join(', ')} and ${items.length - 5} more` : shown.join(', ');
}
