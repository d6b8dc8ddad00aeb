import type { ImageSpec, ModelManifest } from '../contract';
import { ServingError } from '../errors';
import { DATATYPE_INFO } from './datatypes';
import { decodePixels } from './image-file';
import { resize } from './image-resize';
import { checkJsonOutputs } from './infer';
import type { Inference } from './tensor';

export const IMAGE_TYPES = ['image/png', 'image/jpeg'];

/** An image body as the input of an image model: one row, as the card's `image` describes it. */
export async function decodeImage(bytes: Uint8Array, type: string, manifest: ModelManifest): Promise<Inference> {
  const { image } = manifest;
  const input = manifest.inputs.find(({ name }) => name === image?.input);
  if (!image || !input) {
    throw new ServingError(
      'UNSUPPORTED_MEDIA_TYPE',
      `model "${manifest.name}" does not take images; send content-type: application/json`,
    );
  }
  const other = manifest.inputs.find((spec) => spec !== input);
  if (other) throw new ServingError('MISSING_TENSOR', `input tensor "${other.name}" cannot come with an image body`);
  const pixels = await decodePixels(bytes, type, image.channels);
  const values = resize(pixels, image.width, image.height);
  const shape =
    image.layout === 'NCHW'
      ? [1, image.channels, image.height, image.width]
      : [1, image.height, image.width, image.channels];
  const data = DATATYPE_INFO[input.datatype].allocate(values.length) as Float32Array;
  arrange(values, data, image, DATATYPE_INFO[input.datatype].kind === 'integer');
  const tensor = { name: input.name, datatype: input.datatype, shape, data };
  const outputs = manifest.outputs.map(({ name }) => name);
  checkJsonOutputs(manifest, outputs);
  return { inputs: [tensor], outputs, rows: 1 };
}

/** Scales pixel values (row by row, channels together) into the tensor's layout. */
function arrange(
  values: Float32Array,
  target: Float32Array,
  { width, height, channels, scale, layout }: ImageSpec,
  round: boolean,
) {
  const area = width * height;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = pixel * channels + channel;
      const value = (values[from] as number) * scale;
      target[layout === 'NCHW' ? channel * area + pixel : from] = round ? Math.round(value) : value;
    }
  }
}
