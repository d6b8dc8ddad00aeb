import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GOLDEN_FILE, type Golden, type InputSpec, type ModelManifest, type WireTensor } from '../contract';
import { fromHalf } from '../protocol/float16';
import { decodeJsonData } from '../protocol/json-data';
import type { Tensor } from '../protocol/tensor';
import type { Session } from './session';

/** The golden cases beside the manifest. A model may come without; then loading it is the test. */
export async function readGolden(modelDir: string): Promise<Golden> {
  try {
    return JSON.parse(readFileSync(join(modelDir, GOLDEN_FILE), 'utf8')) as Golden;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { tolerance: 0, cases: [] };
    throw error;
  }
}

/** Throws at the first output that is not what it must be; answers the number of cases. */
export async function checkGolden(session: Session, manifest: ModelManifest, golden: Golden): Promise<number> {
  for (const { inputs, name, outputs } of golden.cases) {
    const tensors = inputs.map((wire) => toTensor(wire, manifest.inputs, name));
    const actual = await session.run(
      tensors,
      outputs.map((wire) => wire.name),
    );
    for (const [i, wire] of outputs.entries()) {
      const tensor = actual[i];
      const expected = toTensor(wire, manifest.outputs, name);
      const difference = tensor ? firstDifference(tensor, expected, golden.tolerance) : 'it is missing';
      if (difference) throw new Error(`golden case "${name}", output "${wire.name}": ${difference}`);
    }
  }
  return golden.cases.length;
}

function toTensor(wire: WireTensor, specs: readonly InputSpec[], caseName: string): Tensor {
  const spec = specs.find(({ name }) => name === wire.name);
  if (!spec) throw new Error(`${GOLDEN_FILE} names tensor "${wire.name}", which the card does not list`);
  const { name, datatype, shape } = wire;
  try {
    const data = decodeJsonData(wire.data, { name, datatype, shape, allowNaN: true }, shape, (at) => `${name}${at}`);
    return { name, datatype, shape, data };
  } catch (cause) {
    throw new Error(`golden case "${caseName}", tensor "${name}" cannot be read`, { cause });
  }
}

function firstDifference(actual: Tensor, expected: Tensor, tolerance: number): string | undefined {
  if (actual.datatype !== expected.datatype || String(actual.shape) !== String(expected.shape)) {
    return `expected ${expected.datatype} [${expected.shape}], got ${actual.datatype} [${actual.shape}]`;
  }
  for (let i = 0; i < expected.data.length; i++) {
    const [got, want] = [valueAt(actual, i), valueAt(expected, i)];
    if (Object.is(got, want) || got === want) continue;
    const close = typeof got === 'number' && typeof want === 'number' && Math.abs(got - want) <= tolerance;
    if (close && actual.datatype.startsWith('FP')) continue;
    return `value ${i} is ${got}, expected ${want}`;
  }
  return undefined;
}

function valueAt({ data, datatype }: Tensor, index: number): number | bigint | string | undefined {
  return datatype === 'FP16' ? fromHalf(data[index] as number) : data[index];
}
