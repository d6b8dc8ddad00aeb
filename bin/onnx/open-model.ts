import { env } from 'onnxruntime-node';
import type { InputSpec, ModelManifest, OutputSpec, TensorSpec } from '../../lambdas/shared/contract';
import { createOnnxSession } from '../../lambdas/shared/session/onnxruntime';
import type { Session, SessionTensor } from '../../lambdas/shared/session/session';
import { ModelRefused } from './task';

/** The session that a function would run, with the threads of a function that has one CPU. */
export async function openModel(file: string, optimized = false): Promise<Session> {
  return createOnnxSession(file, { threads: 1, optimized });
}

export function onnxRuntimeVersion(): string {
  return env.versions.node ?? env.versions.common;
}

/** A manifest of these tensors and nothing else, for what the functions do with one. */
export function manifestOf(inputs: readonly InputSpec[], outputs: readonly OutputSpec[]): ModelManifest {
  return { v: 1, name: 'model', version: '1', revision: '', source: 'asset', description: '', inputs, outputs };
}

/** What ONNX Runtime says of a tensor, which is what a card is compared with. */
export function specOf(side: 'input' | 'output', { name, datatype, shape }: SessionTensor): TensorSpec {
  if (datatype) return { name, datatype, shape };
  throw new ModelRefused(
    `${side === 'input' ? 'Input' : 'Output'} ${JSON.stringify(name)} is not a tensor, or of a type that requests and answers do not carry.`,
    'Export the model with tensors of other types there.',
  );
}
