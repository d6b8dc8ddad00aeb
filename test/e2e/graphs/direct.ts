import { InferenceSession, Tensor } from 'onnxruntime-node';

/** What a model answers without anything of ours around it. */
export async function direct(
  name: string,
  inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly unknown[] }>>,
): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(`models/${name}/model.onnx`);
  const feeds = Object.entries(inputs).map(([input, { data, shape }]) => [
    input,
    new Tensor('float32', Float32Array.from(data as number[]), [...shape]),
  ]);
  const answer = await session.run(Object.fromEntries(feeds));
  return Object.fromEntries(
    Object.entries(answer).map(([output, { data }]) => [output, Array.from(data as Float32Array, Number)]),
  );
}
