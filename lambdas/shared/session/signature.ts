import type { ModelManifest, TensorSpec } from '../contract';
import { shapeText } from '../protocol/tensor';
import type { Session, SessionTensor } from './session';

/** Throws where the card promises what the model does not do. The model may have outputs that the card leaves out. */
export function checkSignature(session: Session, manifest: ModelManifest): void {
  compare('input', session.inputs, manifest.inputs);
  compare('output', session.outputs, manifest.outputs);
  const unlisted = session.inputs.find(({ name }) => !manifest.inputs.some((spec) => spec.name === name));
  if (unlisted) throw new Error(`the model has an input "${unlisted.name}" that its card does not list`);
}

function compare(side: 'input' | 'output', actual: readonly SessionTensor[], specs: readonly TensorSpec[]): void {
  for (const spec of specs) {
    const tensor = actual.find(({ name }) => name === spec.name);
    if (!tensor) {
      const names = actual.map(({ name }) => `"${name}"`).join(', ');
      throw new Error(`the card lists ${side} "${spec.name}", the model has ${names}`);
    }
    if (tensor.datatype !== spec.datatype) {
      // What is no tensor has no shape either.
      const hint = side === 'output' && tensor.shape.length === 0;
      const other = `another type${hint ? `: "${spec.name}" is a sequence or map; export with zipmap off` : ''}`;
      const got = tensor.datatype ?? other;
      throw new Error(`the card gives ${side} "${spec.name}" as ${spec.datatype}, the model has ${got}`);
    }
    // A model need not declare the shape of an output; an empty one then says nothing.
    if (side === 'output' && tensor.shape.length === 0) continue;
    const fits =
      tensor.shape.length === spec.shape.length &&
      tensor.shape.every((size, i) => size === -1 || size === spec.shape[i]);
    if (fits) continue;
    const shapes = `${shapeText(spec.shape)}, the model has ${shapeText(tensor.shape)}`;
    throw new Error(`the card gives ${side} "${spec.name}" the shape ${shapes}`);
  }
}
