import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../bin/commands/command-line';
import { toolkitAt } from '../../bin/local/workspace';
import type { Golden } from '../../lambdas/shared/contract';
import { ownCpu } from '../../lambdas/shared/session/cpu';
import { RecordedTerminal } from '../bin/terminal';
import { answerTo, largeModel, modelFolder, rowOf } from '../lib/large-model';
import { inferEvent } from './events';
import { predictFunction } from './function-folder';
import { ROOT } from './install';
import { LambdaFunction } from './lambda-function';

const CPU = ownCpu();

async function optimize(folder: string): Promise<void> {
  const context = { toolkit: toolkitAt(ROOT), cwd: ROOT, env: process.env, terminal: new RecordedTerminal() };
  const code = await main(['optimize', folder, '--force'], { ...context, signal: new AbortController().signal });
  expect(code, context.terminal.stderr).toBe(0);
}

let fn: LambdaFunction | undefined;
afterEach(() => fn?.stop());

describe.runIf(CPU && process.platform === 'linux')('a model with an artefact for this CPU, as deployed', () => {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'model-')), 'digits');
  beforeAll(async () => {
    cpSync(path.join(ROOT, 'models/digits'), folder, { recursive: true });
    await optimize(folder);
  });

  /** What it wrote as it started, and its answer to the first golden case, once somebody has been at its artefact. */
  async function answered(meddle: (artefact: string) => void = () => {}) {
    const settings = predictFunction(folder);
    meddle(path.join(settings.folder, 'model/optimized', `${CPU}`, 'model.onnx'));
    fn = await LambdaFunction.start(settings);
    const { cases, tolerance }: Golden = JSON.parse(readFileSync(path.join(folder, 'golden.json'), 'utf8'));
    const [{ inputs, outputs } = { inputs: [], outputs: [] }] = cases;
    const { response } = await fn.invoke<APIGatewayProxyResult>(inferEvent('digits', { inputs }));
    expect(response.statusCode, response.body).toBe(200);
    const given = JSON.parse(response.body).outputs;
    for (const { name, data } of outputs) {
      const values: number[] = given.find((each: { name: string }) => each.name === name).data;
      const differences = values.map((value, i) => Math.abs(value - Number(data?.[i])));
      expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance);
    }
    return { lines: fn.initLines.map((line) => JSON.parse(line)), selfTest: await fn.invoke({}) };
  }

  test('it serves, says so in its first line, and passes the self-test', async () => {
    const { lines, selfTest } = await answered();
    expect(lines).toEqual([expect.objectContaining({ event: 'model_loaded', optimized: CPU })]);
    expect(selfTest).toMatchObject({ failed: false, response: { cases: 3 } });
  });

  test('where somebody changed it, the portable model serves, and no release passes', async () => {
    const { lines, selfTest } = await answered((artefact) => {
      const content = readFileSync(artefact);
      writeFileSync(artefact, content.fill(content.readUInt8(1000) ^ 1, 1000, 1001));
    });
    const reason = expect.stringMatching(/^model\.onnx has sha256 \w{64}, expected/);
    expect(lines[0]).toMatchObject({ event: 'optimized_failed', cpu: CPU, model: 'digits', reason });
    expect(lines[1]).toMatchObject({ event: 'model_loaded', model: 'digits' });
    expect(lines[1]).not.toHaveProperty('optimized');
    expect(selfTest.failed).toBe(true);
    expect(JSON.stringify(selfTest.response)).toContain(`the artefact for ${CPU} does not pass`);
  });

  test('one that is large ships as graph and weights, and serves', async () => {
    const large = modelFolder(largeModel(), 'large', { name: 'x', shape: [1100] }, { name: 'y', shape: [1100] });
    const tensor = (name: string, data: number[]) => ({ name, datatype: 'FP32' as const, shape: [1, 1100], data });
    const row = { name: 'a row', inputs: [tensor('x', rowOf(2))], outputs: [tensor('y', answerTo(2))] };
    writeFileSync(path.join(large, 'golden.json'), JSON.stringify({ tolerance: 0, cases: [row] }));
    await optimize(large);
    const settings = predictFunction(large);
    const shipped = readdirSync(path.join(settings.folder, 'model/optimized', `${CPU}`));
    expect(shipped).toEqual(['model.onnx', 'model.weights']);
    fn = await LambdaFunction.start(settings);
    expect(fn.initLines.map((line) => JSON.parse(line))).toMatchObject([{ event: 'model_loaded', optimized: CPU }]);
    const { response } = await fn.invoke<APIGatewayProxyResult>(
      inferEvent('large', { inputs: [tensor('x', rowOf(3))] }),
    );
    expect(JSON.parse(response.body).outputs[0].data).toEqual(answerTo(3));
  });
});
