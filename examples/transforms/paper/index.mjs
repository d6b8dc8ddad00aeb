const SIZE = 56;
const HALF = SIZE / 2;

/**
 * Dark on light to light on dark, and four pixels to one.
 *
 * @type {import('cdk-ml-serving/hook').Transform<{ paper: import('cdk-ml-serving/hook').Tensor<'UINT8'> }>}
 */
export default function transform({ paper }, { badInput }) {
  const [rows] = paper.shape;
  const data = new Float32Array(rows * HALF * HALF);
  for (let row = 0; row < rows; row++) {
    const page = paper.data.subarray(row * SIZE * SIZE, (row + 1) * SIZE * SIZE);
    if (page.every((pixel) => pixel === page[0])) throw badInput(`page ${row} is blank`, 'paper');
    for (let y = 0; y < HALF; y++) {
      for (let x = 0; x < HALF; x++) {
        const at = 2 * y * SIZE + 2 * x;
        const light = (page[at] + page[at + 1] + page[at + SIZE] + page[at + SIZE + 1]) / 4;
        data[(row * HALF + y) * HALF + x] = 1 - light / 255;
      }
    }
  }
  return { image: { datatype: 'FP32', shape: [rows, 1, HALF, HALF], data } };
}
