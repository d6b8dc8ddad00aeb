import path from 'node:path';
import { ENV, HEADERS, JOB_ENV } from '../lambdas/shared/contract';
import { modelFolder } from '../test/lib/large-model';
import { workerFunction } from '../test/runtime/function-folder';
import { ROOT } from '../test/runtime/install';
import { type FunctionSettings, LambdaFunction } from '../test/runtime/lambda-function';
import { JobAws } from './job-aws';
import { inputOf, type JobLoad, messageOf, WAYS, type Way, waitingJob } from './job-load';
import { heavyModel, SMALL_IMAGE } from './large-model';
import type { Result } from './result';
import { interleave, sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { fileOf, ONE_CORE, runSubject } from './subject';

/** A worker with its model, and what it is given to do. */
interface Subject {
  readonly name: string;
  readonly settings: FunctionSettings;
  readonly load: JobLoad;
}

/** CPU microseconds a job, by subject and way; each in every round. */
type Costs = Readonly<Record<string, readonly number[]>>;

const ONE_BY_ONE = (WAYS[0] as Way).name;
const BATCH = 'batch of 100';

/** What a job costs the worker in CPU time: its messages one by one against many at once, stacked. */
export async function jobs({ quick }: BenchOptions): Promise<Result> {
  const levels: Record<string, Costs> = {};
  const subjects = [small('iris', quick), small('digits', quick), heavy(quick)];
  for (const { name, settings, load } of subjects) {
    const { report } = await runSubject('worker-loop', [fileOf(load)], { settings });
    const costs = Object.entries(report as Costs);
    for (const level of ['model', 'worker']) {
      levels[`${name}, ${level}`] = Object.fromEntries(
        costs.filter(([key]) => key.startsWith(level)).map(([key, value]) => [key.slice(level.length + 2), value]),
      );
    }
    levels[`${name}, function`] = await atRuntimeApi({ name, settings, load });
  }
  const perSecond = (costs: Costs, way: string) => 1e6 / sampleOf(costs[way] ?? []).median;
  const gain = (costs: Costs, way: string) => perSecond(costs, way) / perSecond(costs, ONE_BY_ONE);
  const ways = WAYS.map(({ name }) => name);
  return {
    name: 'jobs',
    tables: [
      {
        title: 'Jobs per second of worker CPU (medians of rounds)',
        columns: ['', ...ways],
        rows: Object.entries(levels).map(([name, costs]) => [name, ...ways.map((way) => perSecond(costs, way))]),
      },
      {
        title: 'The same as multiples of one by one',
        columns: ['', ...ways.slice(1)],
        rows: Object.entries(levels).map(([name, costs]) => [name, ...ways.slice(1).map((way) => gain(costs, way))]),
      },
      {
        title: 'CPU us a job: median (least to most)',
        columns: ['', ...ways],
        rows: Object.entries(levels).map(([name, costs]) => [name, ...ways.map((way) => range(costs[way] ?? []))]),
      },
    ],
    targets: ['iris, model', 'iris, worker', 'iris, function'].map((level) => ({
      what: `${level}: CPU a job, ${BATCH} stacked / one by one`,
      value: 1 / gain(levels[level] ?? {}, BATCH),
      target: 0.1,
      unit: 'x',
    })),
  };
}

function range(values: readonly number[]): string {
  const { max, median, min } = sampleOf(values);
  return `${median.toFixed(0)} (${min.toFixed(0)} to ${max.toFixed(0)})`;
}

/** Stacked as deployed: up to as many rows as the model's measurements say. */
function small(name: 'iris' | 'digits', quick: boolean): Subject {
  const settings = workerFunction(path.join(ROOT, 'models', name));
  const row =
    name === 'iris'
      ? { name: 'features', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }
      : // Grey levels with as few digits as a client would send: they fit the row of a job.
        { name: 'image', shape: [1, 1, 28, 28], data: Array.from({ length: 784 }, (_, i) => (i % 100) / 100) };
  const body = Buffer.from(JSON.stringify({ inputs: [{ ...row, datatype: 'FP32' }] })).toString('base64');
  const stackedRows = Number(settings.environment?.[JOB_ENV.maxStackedRows]);
  const headers = { 'content-type': 'application/json' };
  return { name, settings, load: { headers, body, stackedRows, count: quick ? 200 : 1000, rounds: quick ? 2 : 9 } };
}

/** Nobody has measured that stacking pays; here it is tried all the same. */
function heavy(quick: boolean): Subject {
  const from = { name: 'image', shape: SMALL_IMAGE };
  const settings = workerFunction(modelFolder(heavyModel(), 'heavy', from, { name: 'scores', shape: [10] }));
  const bytes = Buffer.alloc(Float32Array.BYTES_PER_ELEMENT * SMALL_IMAGE.reduce((a: number, b) => a * b, 1), 0x3c);
  const parameters = { binary_data_size: bytes.length };
  const json = Buffer.from(
    JSON.stringify({ inputs: [{ name: 'image', datatype: 'FP32', shape: [1, ...SMALL_IMAGE], parameters }] }),
  );
  const headers = {
    'content-type': 'application/octet-stream',
    [HEADERS.inferenceHeaderLength]: `${json.length}`,
  };
  const body = Buffer.concat([json, bytes]).toString('base64');
  return { name: 'heavy', settings, load: { headers, body, stackedRows: 100, count: 100, rounds: quick ? 1 : 5 } };
}

/** The function with AWS's clients, talking to stand-ins over HTTP: everything that is billed but TLS. */
async function atRuntimeApi({ load, settings }: Subject): Promise<Costs> {
  const aws = await JobAws.listen(Buffer.from(load.body, 'base64'));
  const inlineBytes = Number(settings.environment?.[JOB_ENV.inlineBytes]);
  const functions: LambdaFunction[] = [];
  const subjects: Record<string, () => Promise<number>> = {};
  try {
    for (const { batch, name, stacked } of WAYS) {
      const environment = {
        ...settings.environment,
        [JOB_ENV.maxStackedRows]: `${stacked ? load.stackedRows : 1}`,
        [ENV.clientOptions]: JSON.stringify({ endpoint: aws.endpoint, forcePathStyle: true }),
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
      };
      const fn = await LambdaFunction.start({ ...settings, environment, pinned: ONE_CORE });
      functions.push(fn);
      subjects[name] = () => cpuUs(fn, aws, batch, { load, inlineBytes });
    }
    return await interleave(load.rounds, subjects);
  } finally {
    for (const fn of functions) await fn.stop();
    await aws.close();
  }
}

/** A worker begins no run that might not end in time. */
const TIMEOUT_MS = 60_000;

let next = 0;

async function cpuUs(
  fn: LambdaFunction,
  aws: JobAws,
  batch: number,
  { load, inlineBytes }: { readonly load: JobLoad; readonly inlineBytes: number },
): Promise<number> {
  const input = inputOf(load, inlineBytes);
  const before = fn.cpuSeconds();
  for (let done = 0; done < load.count; done += batch) {
    const waiting = Array.from({ length: batch }, () => waitingJob(`job-${next++}`, input));
    for (const job of waiting) aws.add(job);
    await fn.time(JSON.stringify({ Records: waiting.map(messageOf) }), TIMEOUT_MS);
    const open = waiting.filter(({ id }) => aws.take(id) !== 'SUCCEEDED').length;
    if (open) throw new Error(`${open} of ${batch} jobs were not answered:\n${(await postponed(fn)).join('\n')}`);
  }
  return ((fn.cpuSeconds() - before) / load.count) * 1e6;
}

/** What the function wrote about jobs that go back to the queue. */
async function postponed(fn: LambdaFunction): Promise<string[]> {
  const { stdout } = await fn.invoke<unknown>({ Records: [] });
  return stdout.filter((line) => line.includes('job_postponed'));
}
