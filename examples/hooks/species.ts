import type { Postprocess, Tensor } from 'cdk-ml-serving/hook';

const postprocess: Postprocess<{ probabilities: Tensor<'FP32'> }> = ({ probabilities }, { model }) => {
  const labels = model.outputs.find(({ name }) => name === 'probabilities')?.labels ?? [];
  const [rows = 0, classes = 0] = probabilities.shape;
  return Array.from({ length: rows }, (_, row) => {
    const scores = probabilities.data.subarray(row * classes, (row + 1) * classes);
    const best = scores.indexOf(Math.max(...scores));
    return { species: labels[best], score: scores[best] };
  });
};
export default postprocess;
