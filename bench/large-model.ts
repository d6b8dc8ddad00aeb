import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  bytes,
  input,
  int,
  message,
  node,
  onnx,
  output,
  type Part,
  part,
  tensorType,
  text,
} from '../test/bin/init-onnx';

export const IMAGE = [1, 3, 224, 224] as const;

/** Blocks and width of each stage: the shape of ResNet-50, 25.5 million weights, 102 MB. */
const STAGES = [
  [3, 64],
  [4, 128],
  [6, 256],
  [3, 512],
] as const;
const CLASSES = 1000;

/** A convolutional network of the size that people serve, with weights made of nothing. */
export function largeModel(): Uint8Array {
  const graph = new Graph();
  let top = graph.conv('image', 3, 64, 7, { stride: 2, pad: 3, relu: true });
  top = graph.add('MaxPool', [top], ints('kernel_shape', 3, 3), ints('strides', 2, 2), ints('pads', 1, 1, 1, 1));
  let channels = 64;
  for (const [stage, [blocks, width]] of STAGES.entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const out = 4 * width;
      const shortcut = block === 0 ? graph.conv(top, channels, out, 1, { stride }) : top;
      let branch = graph.conv(top, channels, width, 1, { relu: true });
      branch = graph.conv(branch, width, width, 3, { stride, pad: 1, relu: true });
      branch = graph.conv(branch, width, out, 1, { gain: 0.3 });
      top = graph.add('Relu', [graph.add('Add', [branch, shortcut])]);
      channels = out;
    }
  }
  const flat = graph.add('Flatten', [graph.add('GlobalAveragePool', [top])]);
  graph.dense(flat, channels, CLASSES);
  return onnx([
    ...graph.parts,
    input('image', tensorType(1, ['batch', ...IMAGE.slice(1)])),
    output('scores', tensorType(1, ['batch', CLASSES])),
  ]);
}

export const SMALL_IMAGE = [3, 64, 64] as const;

/** Convolutions that keep a core busy for some milliseconds a row, whatever the number of rows; few weights. */
export function heavyModel(): Uint8Array {
  const graph = new Graph();
  let top = graph.conv('image', 3, 32, 3, { pad: 1, relu: true });
  for (let layer = 0; layer < 6; layer++) top = graph.conv(top, 32, 32, 3, { pad: 1, relu: true });
  const flat = graph.add('Flatten', [graph.add('GlobalAveragePool', [top])]);
  graph.dense(flat, 32, 10);
  return onnx([
    ...graph.parts,
    input('image', tensorType(1, ['batch', ...SMALL_IMAGE])),
    output('scores', tensorType(1, ['batch', 10])),
  ]);
}

interface Convolution {
  readonly stride?: number;
  readonly pad?: number;
  readonly relu?: boolean;
  readonly gain?: number;
}

class Graph {
  readonly parts: Part[] = [];
  private count = 0;
  private seed = 1;

  add(type: string, inputs: readonly string[], ...attributes: readonly Part[]): string {
    const name = `t${this.count++}`;
    this.parts.push(node(type, inputs, [name], ...attributes));
    return name;
  }

  conv(from: string, channels: number, out: number, size: number, options: Convolution): string {
    const { stride = 1, pad = 0, relu = false, gain = 1 } = options;
    const scale = gain * Math.sqrt(6 / (channels * size * size));
    const weights = this.weights([out, channels, size, size], scale);
    const result = this.add(
      'Conv',
      [from, weights, this.weights([out], 0.01)],
      ints('kernel_shape', size, size),
      ints('strides', stride, stride),
      ints('pads', pad, pad, pad, pad),
    );
    return relu ? this.add('Relu', [result]) : result;
  }

  dense(from: string, inputs: number, outputs: number): void {
    const weights = this.weights([inputs, outputs], Math.sqrt(1 / inputs));
    this.parts.push(node('Gemm', [from, weights, this.weights([outputs], 0.01)], ['scores']));
  }

  private weights(shape: readonly number[], scale: number): string {
    const values = new Float32Array(shape.reduce((a, b) => a * b));
    for (let i = 0; i < values.length; i++) {
      // Numerical Recipes' generator: the same model each time.
      this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
      values[i] = scale * (this.seed / 2 ** 31 - 1);
    }
    const name = `w${this.count++}`;
    this.parts.push(
      part(5, ...shape.map((n) => int(1, n)), int(2, 1), text(8, name), bytes(9, new Uint8Array(values.buffer))),
    );
    return name;
  }
}

/** An attribute of type INTS. */
function ints(name: string, ...values: readonly number[]): Part {
  const value: Part = (writer: BinaryWriter) => {
    for (const each of values) writer.tag(8, WireType.Varint).int64(each);
  };
  return bytes(5, message(text(1, name), value, int(20, 7)));
}
