import { inferEvent, predictorRequest } from '../test/runtime/events';
import { LambdaFunction } from '../test/runtime/lambda-function';
import { bareFunction } from './bare';
import type { Result, Table, Target } from './result';
import { interleave, quantile, sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { type Model, modelNamed, ONE_CORE, runSubject } from './subject';

/** What a request costs above `session.run`: in a loop in one process, and at the Runtime API above a bare handler. */
export async function warm({ quick }: BenchOptions): Promise<Result> {
  const loops: (string | number)[][] = [];
  const api: (string | number)[][] = [];
  const targets: Target[] = [];
  for (const name of ['iris', 'digits']) {
    const model = modelNamed(name);
    const count = String(quick ? 2_000 : 20_000);
    const shape = model.shape.map(String);
    const loop = await interleave(quick ? 2 : 9, {
      run: () => us('loop-run', [model.file, model.input, count, JSON.stringify(model.values), ...shape], model),
      ours: () => us('loop-handler', ['index.mjs', JSON.stringify(eventOf(model)), count], model),
    });
    const [run, ours] = [sampleOf(loop.run ?? []), sampleOf(loop.ours ?? [])];
    const own = ours.median - run.median;
    loops.push([name, run.median, ours.median, own, ours.min, ours.max]);
    targets.push({ what: `${name}: our own code, one JSON row`, value: own, target: 100, unit: 'us' });
    for (const [what, event] of requestsOf(model)) {
      const p50 = await atRuntimeApi(model, event, quick);
      api.push([`${name}, ${what}`, p50.bare, p50.ours, p50.ours - p50.bare, p50.ours / p50.bare]);
    }
  }
  const tables: Table[] = [
    {
      title: 'One JSON row through the gateway event, in a loop (us a call, p50; median of rounds)',
      columns: ['', 'session.run', 'ours', 'above run', 'ours min', 'ours max'],
      rows: loops,
    },
    {
      title: 'At the Runtime API (us a request, p50; median of rounds)',
      columns: ['', 'bare handler', 'ours', 'above bare', 'ratio'],
      rows: api,
    },
  ];
  return { name: 'warm', tables, targets };
}

async function us(script: string, args: readonly string[], { settings }: Model): Promise<number> {
  return (await runSubject(script, args, { settings })).report as number;
}

/** Both functions live at once and take turns by blocks of requests. */
async function atRuntimeApi(model: Model, event: object, quick: boolean): Promise<{ bare: number; ours: number }> {
  const functions = {
    bare: await LambdaFunction.start({ ...bareFunction(model), pinned: ONE_CORE }),
    ours: await LambdaFunction.start({ ...model.settings, pinned: ONE_CORE }),
  };
  try {
    const text = JSON.stringify(event);
    const block = quick ? 200 : 1_000;
    const p50 = await interleave(quick ? 2 : 9, {
      bare: () => blockOf(functions.bare, text, block),
      ours: () => blockOf(functions.ours, text, block),
    });
    return { bare: sampleOf(p50.bare ?? []).median, ours: sampleOf(p50.ours ?? []).median };
  } finally {
    await functions.bare.stop();
    await functions.ours.stop();
  }
}

/** Median microseconds of a block of requests. */
export async function blockOf(fn: LambdaFunction, event: string, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await fn.time(event));
  return quantile(times, 0.5) * 1000;
}

/** Requests that both handlers answer. Their deadline is far away: a block reuses the text. */
export function requestsOf({ name, input, shape, values }: Model): [string, object][] {
  const row = { name: input, datatype: 'FP32' as const };
  const json: [string, object] = [
    'JSON row',
    withoutDeadline(inferEvent(name, { inputs: [{ ...row, shape, data: values }] })),
  ];
  if (name === 'iris') return [json];
  const rows = 64;
  const raw = Buffer.from(
    Float32Array.from({ length: rows * values.length }, (_, i) => values[i % values.length] ?? 0).buffer,
  );
  const batch = { ...row, shape: [rows, ...shape.slice(1)], raw: raw.toString('base64') };
  const direct = { ...predictorRequest({ inputs: [batch] }), deadlineMs: Date.now() + 86_400_000 };
  return [json, [`${rows} rows as base64 (${Math.round(raw.length / 1000)} KB)`, direct]];
}

function withoutDeadline(event: object): object {
  const { requestContext } = event as { requestContext: object };
  return { ...event, requestContext: { ...requestContext, requestTimeEpoch: Date.now() + 86_400_000 } };
}

function eventOf(model: Model): object {
  return requestsOf(model)[0]?.[1] ?? {};
}
