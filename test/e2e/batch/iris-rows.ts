import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const HEADER = 'id,sepal_length,sepal_width,petal_length,petal_width,species';
const FLOWERS = readFileSync('models/iris/example.csv', 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

/** The lengths of a flower that row i is about: those of a real one, and a little different each time round. */
export function lengthsOf(row: number): number[] {
  const flower = FLOWERS[(row - 1) % FLOWERS.length] ?? [];
  const round = Math.floor((row - 1) / FLOWERS.length) % 100;
  return flower.slice(1, 5).map((text, at) => Number((Number(text) + ((round * (at + 1)) % 17) / 100).toFixed(2)));
}

export const speciesOf = (row: number): string => FLOWERS[(row - 1) % FLOWERS.length]?.[5] ?? '';
export const idOf = (row: number): string => `flower-${row}`;

/** A CSV file of so many rows. */
export function irisCsv(rows: number, change: (line: string, row: number) => string = (line) => line): Buffer {
  const lines = [HEADER];
  for (let row = 1; row <= rows; row++) {
    lines.push(change(`${idOf(row)},${lengthsOf(row).join(',')},${speciesOf(row)}`, row));
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

export interface IrisAnswer {
  readonly label: number;
  readonly probabilities: readonly number[];
}

const LABELS = ['setosa', 'versicolor', 'virginica'];

/** What ONNX Runtime itself says of each row. */
export async function irisAnswers(rows: number): Promise<IrisAnswer[]> {
  const session = await InferenceSession.create('models/iris/model.onnx');
  const answers: IrisAnswer[] = [];
  for (let start = 1; start <= rows; start += 10_000) {
    const count = Math.min(10_000, rows - start + 1);
    const values = Float32Array.from(
      { length: count * 4 },
      (_, at) => lengthsOf(start + Math.floor(at / 4))[at % 4] as number,
    );
    const run = await session.run({ features: new Tensor('float32', values, [count, 4]) });
    const labels = run.label?.data as BigInt64Array;
    const probabilities = run.probabilities?.data as Float32Array;
    for (let at = 0; at < count; at++) {
      answers.push({ label: Number(labels[at]), probabilities: [...probabilities.subarray(at * 3, at * 3 + 3)] });
    }
  }
  return answers;
}

/** The line of a result, as it must be. */
export function resultLine(row: number, { label, probabilities }: IrisAnswer, run: string): string {
  return [idOf(row), speciesOf(row), label, LABELS[label], ...probabilities, run, '1.0.0'].join(',');
}

export const RESULT_HEADER =
  'id,species,label,label_name,probabilities_setosa,probabilities_versicolor,probabilities_virginica,run_id,model_version';
