import { inferEvent } from '../test/runtime/events';
import type { FunctionSettings } from '../test/runtime/lambda-function';
import { type Invocation, LambdaFunction } from '../test/runtime/lambda-function';
import { bareFunction } from './bare';
import { pythonFunction } from './python-function';
import type { Bar, Result, Table, Target } from './result';
import { interleave, sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { fileOf, type Model, modelNamed, ONE_CORE, runSubject } from './subject';

const FLOOR = ['start Node', 'start script', 'load ONNX Runtime', 'create session', 'first run'];
const OURS = ['start Node', 'start script', 'load bundle', 'load model', 'first request'];

/** Process start to first prediction: ours, the floor under it, and Python. */
export async function init({ quick }: BenchOptions): Promise<Result> {
  const tables: Table[] = [];
  const targets: Target[] = [];
  const bars: Bar[] = [];
  for (const name of ['iris', 'digits']) {
    const model = modelNamed(name);
    const phases = await interleave(quick ? 3 : 25, {
      floor: () => floorPhases(model),
      ours: () => ourPhases(model),
    });
    for (const [subject, names] of [
      ['floor', FLOOR],
      ['ours', OURS],
    ] as const) {
      const rounds = phases[subject] ?? [];
      const values = names.map((phase, i) => ({
        name: phase,
        value: sampleOf(rounds.map((round) => round[i] ?? 0)).median,
      }));
      bars.push({ label: `${name}, ${subject}`, parts: values });
      tables.push({
        title: `${name}: process start to first prediction by phase, ${subject}, no Lambda client (median ms)`,
        columns: [...names, 'total', 'min', 'max'],
        rows: [[...values.map(({ value }) => value), ...totals(rounds)]],
      });
    }
    const total = (subject: string) => sampleOf((phases[subject] ?? []).map(sum)).median;
    targets.push({
      what: `${name}: first prediction, ours / floor`,
      value: total('ours') / total('floor'),
      target: 1.25,
      unit: 'x',
    });

    const python = await pythonFunction(model);
    const lambda = await interleave(quick ? 2 : 15, {
      'bare handler': () => firstPrediction(bareFunction(model), model),
      ours: () => firstPrediction(model.settings, model),
      python: () => firstPrediction(python, model),
    });
    const rows = Object.entries(lambda).map(([subject, rounds]) => {
      const initMs = sampleOf(rounds.map((round) => round[0] ?? 0));
      return [subject, initMs.median, sampleOf(rounds.map((round) => round[1] ?? 0)).median, ...totals(rounds)];
    });
    tables.push({
      title: `${name}: process start to first prediction at the Runtime API (median ms)`,
      columns: ['', 'init', 'first request', 'total', 'min', 'max'],
      rows,
    });
    const whole = (subject: string) => sampleOf((lambda[subject] ?? []).map(sum)).median;
    bars.push({ label: `${name}, Python at the Runtime API`, parts: [{ name: 'total', value: whole('python') }] });
    bars.push({ label: `${name}, ours at the Runtime API`, parts: [{ name: 'total', value: whole('ours') }] });
    targets.push({
      what: `${name}: first prediction, ours / Python`,
      value: whole('ours') / whole('python'),
      target: 1 / 3,
      unit: 'x',
    });
  }
  return { name: 'init', tables, targets, bars };
}

async function floorPhases({ file, input, shape, settings }: Model): Promise<number[]> {
  const { report, startedMs } = await runSubject('floor', [file, input, ...shape.map(String)], { settings });
  return differences([startedMs, ...(report as number[])]);
}

/** The handler tells itself how long the model took; the rest of its import is the bundle's. */
async function ourPhases(model: Model): Promise<number[]> {
  const args = ['index.mjs', fileOf(eventOf(model))];
  const { report, stdout, startedMs } = await runSubject('first-prediction', args, { settings: model.settings });
  const { loadMs } = JSON.parse(stdout.split('\n')[0] ?? '') as { loadMs: number };
  const [node = 0, script = 0, imported = 0, request = 0] = differences([startedMs, ...(report as number[])]);
  return [node, script, imported - loadMs, loadMs, request];
}

async function firstPrediction(settings: FunctionSettings, model: Model): Promise<number[]> {
  const fn = await LambdaFunction.start({ ...settings, pinned: ONE_CORE });
  try {
    const answer: Invocation<{ statusCode: number; body: string }> = await fn.invoke(eventOf(model));
    if (answer.response.statusCode !== 200) throw new Error(JSON.stringify(answer));
    return [fn.initMs, answer.ms];
  } finally {
    await fn.stop();
  }
}

function eventOf({ name, input, shape, values }: Model): object {
  return inferEvent(name, { inputs: [{ name: input, datatype: 'FP32', shape, data: values }] });
}

function differences(marks: readonly number[]): number[] {
  return marks.slice(1).map((mark, i) => mark - (marks[i] as number));
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function totals(rounds: readonly (readonly number[])[]): number[] {
  const { median, min, max } = sampleOf(rounds.map(sum));
  return [median, min, max];
}
