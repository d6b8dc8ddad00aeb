import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { LocalRunError } from '../local/errors';
import { type OnnxModel, readModel } from './read-model';

export interface ModelFile {
  readonly content: Buffer;
  readonly sha256: string;
  readonly model: OnnxModel;
}

/** A message of protocol buffers is not larger. */
const LARGEST = 2 ** 31 - 1;

/** What files are that are taken for models, by their first bytes: `has` at `from`. */
const OTHERS: readonly {
  readonly has: string;
  readonly from?: number;
  readonly is: string;
  readonly wayOut: string;
}[] = [
  { has: 'version https://git-lfs', is: 'a pointer of Git LFS', wayOut: 'Bring the file itself: git lfs pull' },
  { has: 'ORTM', from: 4, is: 'a model in the ORT format', wayOut: 'Use the .onnx file that it was made of.' },
  {
    has: 'PK\x03\x04',
    is: 'a zip archive, as PyTorch and Keras save models',
    wayOut: 'Export it: torch.onnx.export(model, example, "model.onnx"), or tf2onnx.',
  },
  { has: '\x89HDF', is: 'HDF5, as Keras saves models', wayOut: 'Export it with tf2onnx.' },
  {
    has: '\x80',
    is: 'a pickle of Python',
    wayOut: 'Export it: skl2onnx.to_onnx(model, X), or torch.onnx.export.',
  },
  { has: 'TFL3', from: 4, is: 'a TensorFlow Lite model', wayOut: 'Convert it with tf2onnx.' },
  { has: '<', is: 'a page', wayOut: 'Did its download fail?' },
  { has: '{', is: 'JSON', wayOut: 'Name the .onnx file itself.' },
];

/** Reads a file once: what is checked is what is copied and served. */
export async function readModelFile(file: string): Promise<ModelFile> {
  const content = await contentOf(file);
  const sha256 = createHash('sha256').update(content).digest('hex');
  try {
    return { content, sha256, model: readModel(content) };
  } catch (error) {
    const start = content.toString('latin1', 0, 64);
    const other = OTHERS.find(({ has, from }) => start.startsWith(has, from));
    if (other) throw new LocalRunError(`${file} is no ONNX model but ${other.is}.`, { hint: other.wayOut });
    const why = content.length === 0 ? 'it is empty' : (error as Error).message;
    throw new LocalRunError(`${file} is no ONNX model, or only the beginning of one: ${why}.`, {
      hint: 'Compare its size with the original, and copy or export it again. In Python: onnx.checker.check_model(path)',
    });
  }
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new LocalRunError(`${file} is not a file.`, { hint: 'Name the .onnx file itself.' });
    if (found.size > LARGEST) {
      throw new LocalRunError(`${file} has ${found.size} bytes; an ONNX file has at most 2 GiB.`);
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof LocalRunError) throw error;
    throw new LocalRunError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
