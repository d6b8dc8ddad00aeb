import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { DATATYPE_INFO, datatypeOfOrt, type TensorData } from '../protocol/datatypes';
import type { Tensor } from '../protocol/tensor';
import type { Session, SessionOptions, SessionTensor } from './session';

/** The one place that knows ONNX Runtime. A large model goes in by path: its content would be copied. */
export async function createOnnxSession(
  model: string | Uint8Array,
  { threads, optimized }: SessionOptions,
): Promise<Session> {
  const session = await InferenceSession.create(model as string, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: true,
    graphOptimizationLevel: optimized ? 'disabled' : 'all',
    // Threads that wait for work by spinning burn the CPU share that the function is billed and throttled by.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const outputs = session.outputMetadata.map(describe);
  return {
    inputs: session.inputMetadata.map(describe),
    outputs,
    async run(inputs, names) {
      const feeds: Record<string, OrtTensor> = {};
      for (const tensor of inputs) feeds[tensor.name] = toOrt(tensor);
      const results = await session.run(feeds, names);
      return names.map((name) => fromOrt(name, results[name] as OrtTensor));
    },
    dispose: () => session.release(),
  };
}

function describe(metadata: InferenceSession.ValueMetadata): SessionTensor {
  if (!metadata.isTensor) return { name: metadata.name, shape: [] };
  const shape = metadata.shape.map((size) => (typeof size === 'number' ? size : -1));
  return { name: metadata.name, datatype: datatypeOfOrt(metadata.type), shape };
}

function toOrt({ datatype, data, shape }: Tensor): OrtTensor {
  // Where Node has Float16Array (from 24 on) a float16 tensor is made of one, which the native side does not know yet.
  // Bit patterns under their own type pass both.
  if (datatype === 'FP16')
    return Object.assign(new OrtTensor('uint16', data as Uint16Array, shape), { type: 'float16' });
  return new OrtTensor(DATATYPE_INFO[datatype].ort as 'float32', data as Float32Array, shape);
}

function fromOrt(name: string, tensor: OrtTensor): Tensor {
  const datatype = datatypeOfOrt(tensor.type);
  if (!datatype) throw new Error(`Output "${name}" has type ${tensor.type}, which the protocol does not have`);
  const data = tensor.data as TensorData;
  return { name, datatype, shape: tensor.dims, data: datatype === 'FP16' ? bitPatterns(data as Uint16Array) : data };
}

/** Newer Node versions give half-precision values as Float16Array, older ones as their bits; here they are bits. */
function bitPatterns(data: Uint16Array): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.length);
}
