import type { OutputSpec } from '../contract';
import { decodeRaw, encodeRaw } from '../protocol/raw';
import type { Tensor } from '../protocol/tensor';

/** Tensors in the bytes of an entry: values exactly as they are, with JSON before them that says what they are. */
interface Header<About> {
  readonly about: About;
  readonly tensors: readonly (Pick<Tensor, 'name' | 'datatype' | 'shape'> & { readonly bytes: number })[];
}

export function encodeTensors<About>(about: About, tensors: readonly Tensor[]): Buffer {
  const contents = tensors.map(encodeRaw);
  const header: Header<About> = {
    about,
    tensors: tensors.map(({ name, datatype, shape }, i) => {
      return { name, datatype, shape, bytes: contents[i]?.length ?? 0 };
    }),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...contents]);
}

/** @throws where the bytes are not what `encodeTensors` wrote */
export function decodeTensors<About>(body: Uint8Array): { readonly about: About; readonly tensors: Tensor[] } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let at = 4 + bytes.readUInt32LE(0);
  const header: Header<About> = JSON.parse(bytes.toString('utf8', 4, at));
  const tensors = header.tensors.map(({ bytes: size, ...described }) => {
    const spec: OutputSpec & { allowNaN: true } = { ...described, allowNaN: true };
    const data = decodeRaw(bytes.subarray(at, at + size), spec, described.shape, described.name);
    at += size;
    return { ...described, data };
  });
  return { about: header.about, tensors };
}
