import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GOLDEN_FILE, type Golden, type InputSpec, type ModelIdentity, type WireTensor } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import { fromHalf } from '../shared/protocol/float16';
import { decodeJsonData } from '../shared/protocol/json-data';
import type { Tensor } from '../shared/protocol/tensor';
import type { LoadedModel } from '../shared/session/model-store';
import type { Service } from './service';

/** The self-test of a release: hash, load, golden inputs. It throws where anything is off, and the alias stays. */
export async function selfTest({ log, modelDir, models }: Service): Promise<{ model: ModelIdentity; cases: number }> {
  try {
    const model = await models.load();
    const golden = await readGolden(modelDir);
    for (const testCase of golden.cases) await check(model, testCase, golden.tolerance);
    log.event('self_test_passed', { model: model.identity.name, cases: golden.cases.length });
    return { model: model.identity, cases: golden.cases.length };
  } catch (error) {
    const reason = reasonOf(error);
    log.event('self_test_failed', { model: models.identity?.name, reason });
    throw new Error(`Self-test failed: ${reason}`);
  }
}

/** A model may come without golden cases; then loading it is the test. */
async function readGolden(modelDir: string): Promise<Golden> {
  try {
    return JSON.parse(await readFile(join(modelDir, GOLDEN_FILE), 'utf8')) as Golden;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { tolerance: 0, cases: [] };
    throw error;
  }
}

async function check(model: LoadedModel, { inputs, name, outputs }: Golden['cases'][number], tolerance: number) {
  const tensors = inputs.map((wire) => toTensor(wire, model.manifest.inputs));
  const actual = await model.session.run(
    tensors,
    outputs.map((wire) => wire.name),
  );
  for (const [i, wire] of outputs.entries()) {
    const tensor = actual[i];
    const expected = toTensor(wire, model.manifest.outputs);
    const difference = tensor ? firstDifference(tensor, expected, tolerance) : 'it is missing';
    if (difference) throw new Error(`golden case "${name}", output "${wire.name}": ${difference}`);
  }
}

function toTensor(wire: WireTensor, specs: readonly InputSpec[]): Tensor {
  const spec = specs.find(({ name }) => name === wire.name);
  if (!spec) throw new Error(`${GOLDEN_FILE} names tensor "${wire.name}", which the card does not list`);
  const { name, datatype, shape } = wire;
  const data = decodeJsonData(wire.data, { name, datatype, shape, allowNaN: true }, shape, (at) => `${name}${at}`);
  return { name, datatype, shape, data };
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
