import type { Preprocess } from 'cdk-ml-serving/hook';

/** {"flowers": [{"petal_width": 0.2, ...}]}: records, by the names of columns on the model card. */
const preprocess: Preprocess = (request, { badInput, model }) => {
  const { flowers } = request.json() as { flowers: Record<string, unknown>[] };
  if (!Array.isArray(flowers) || flowers.length === 0) throw badInput('flowers must be a list of records', 'flowers');
  const columns = model.inputs[0]?.features ?? [];
  const data = new Float32Array(flowers.length * columns.length);
  for (const [row, flower] of flowers.entries()) {
    for (const [column, name] of columns.entries()) {
      const value = flower[name];
      if (typeof value !== 'number') throw badInput(`${name} must be a number`, `flowers[${row}].${name}`);
      data[row * columns.length + column] = value;
    }
  }
  return { features: { datatype: 'FP32', shape: [flowers.length, columns.length], data } };
};
export default preprocess;
