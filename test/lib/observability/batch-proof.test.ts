import path from 'node:path';
import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { watch } from '../../../lambdas/batch-runs/watch';
import { createBatchWorker } from '../../../lambdas/batch-worker/service';
import { workChunk } from '../../../lambdas/batch-worker/work-chunk';
import { type BatchTask, createBatchService } from '../../../lambdas/shared/batch/batch-service';
import { endRun } from '../../../lambdas/shared/batch/end-run';
import type { ChunkTask, Run, RunState } from '../../../lambdas/shared/contract';
import { createOnnxSession } from '../../../lambdas/shared/session/onnxruntime';
import { Batch, BatchSchedule, Model } from '../../../lib';
import { newStack } from '../stack';
import { type EmittedMetric, emittedMetrics, neverEmitted, type WatchedMetric, watchedBy } from './metrics';

const HOUR = 3_600_000;
const ROWS = 'sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n5.1,wide,1.4,0.2\n';

let template: Template;
let watched: WatchedMetric[];
let lines: Record<string, unknown>[];
let emitted: EmittedMetric[];

beforeAll(async () => {
  const stack = newStack({ 'aws:cdk:enable-asset-metadata': true });
  const schedule = BatchSchedule.rate(Duration.hours(1));
  new Batch(stack, 'Iris', { model: Model.fromAsset('models/iris'), serviceName: 'nightly', schedule });
  template = Template.fromStack(stack);
  watched = watchedBy(template);
  lines = await everythingThatIsWritten(stack, template);
  emitted = emittedMetrics(lines);
});

describe('[4.7] [X.5] alarms and graphs of a batch', () => {
  test('look at what its functions write: namespace, name, dimensions and values', () => {
    const own = watched.filter(({ namespace }) => !namespace.startsWith('AWS/'));
    expect(own.length).toBeGreaterThan(15);
    expect(neverEmitted(own, emitted)).toEqual([]);
  });

  test('nothing is written that nobody looks at', () => {
    const names = new Set(watched.map(({ name }) => name));
    expect([...new Set(emitted.map(({ name }) => name))].filter((name) => !names.has(name))).toEqual([]);
  });

  test.each([
    ['DeadlineAlarm', 'RunsOverdue', 'a run that is late'],
    ['HeartbeatAlarm', 'HeartbeatAge', 'no run has completed for too long'],
    ['RunsFailedAlarm', 'RunsFailed', 'a run that failed'],
    ['RunsPartialAlarm', 'RunsPartial', 'a run without all rows'],
  ])('%s is on by what is written of %3$s', (id, metric) => {
    const [alarm] = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).flatMap(
      ([name, { Properties }]) => (name.includes(id) ? [Properties] : []),
    );
    expect(alarm).toMatchObject({ MetricName: metric, ComparisonOperator: 'GreaterThanThreshold' });
    const values = lines.flatMap((line) => (typeof line[metric] === 'number' ? [line[metric]] : []));
    expect(Math.max(...values)).toBeGreaterThan(alarm?.Threshold);
    // And off by what is written when all is well.
    if (id === 'DeadlineAlarm' || id === 'HeartbeatAlarm') {
      expect(Math.min(...values)).toBeLessThanOrEqual(alarm?.Threshold);
    }
  });

  test('WatcherAlarm looks at the errors of the function that keeps the books', () => {
    const [id] = functionOf(template, 'Runs');
    const ofAws = watched.filter(({ by, namespace }) => by.includes('Alarm') && namespace.startsWith('AWS/'));
    expect(ofAws).toEqual([
      expect.objectContaining({ namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: `<${id}>` } }),
    ]);
  });
});

function functionOf(from: Template, name: string) {
  const found = Object.entries(from.findResources('AWS::Lambda::Function')).find(([id]) =>
    id.startsWith(`Iris${name}Function`),
  );
  if (!found) throw new Error(`there is no function of ${name}`);
  return found;
}

/** How a function is wired as it is deployed: the code folder and the environment that synth wrote. */
function wiringOf(stack: Stack, from: Template, name: string, write: (line: string) => void) {
  const [, fn] = functionOf(from, name);
  const variables: Record<string, string> = {};
  for (const [key, value] of Object.entries(fn.Properties.Environment.Variables)) {
    variables[key] = typeof value === 'string' ? value : 'known-when-deployed';
  }
  const handlerDir = path.join((stack.node.root as App).outdir, fn.Metadata['aws:asset:path']);
  return { env: { ...variables, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769' }, handlerDir, write };
}

const at = (change: Partial<Run>): Run => ({
  ...{ v: 1, run: 'late', item: 'run', kind: 'run', state: 'RUNNING', trigger: 'schedule', attempt: 1 },
  ...{ from: '2027-01-31', to: '2027-01-31', startedAt: Date.now() - HOUR, modelName: 'iris', execution: 'arn' },
  ...{ rowsDone: 0, rowsFailed: 0, chunksDone: 0, ttl: 0 },
  ...change,
});

/** The lines of functions that work on runs, with a table, buckets and executions in memory. */
async function everythingThatIsWritten(stack: Stack, from: Template): Promise<Record<string, unknown>[]> {
  const log: Record<string, unknown>[] = [];
  const write = (line: string) => log.push(JSON.parse(line));
  const taskOf = (name: string, run: Run, completedAt: number): BatchTask => {
    const table = { run: async () => run, end: async (_: string, __: number, end: object) => ({ ...run, ...end }) };
    const turns = { read: async () => ({ holder: run.run, completedAt }), release: async () => undefined };
    const executions = { statusOf: async () => 'RUNNING' };
    const service = createBatchService(wiringOf(stack, from, name, write));
    return { ...service, ...({ table, turns, executions } as unknown as Pick<BatchTask, 'table'>) } as BatchTask;
  };
  await watch(taskOf('Runs', at({ deadlineAt: Date.now() - 1 }), Date.now() - 9 * HOUR));
  await watch(taskOf('Runs', at({ deadlineAt: Date.now() + HOUR }), Date.now() - HOUR));
  const ends: readonly [string, RunState][] = [
    ['Assembler', 'COMPLETED'],
    ['Assembler', 'PARTIAL'],
    ['Assembler', 'FAILED'],
    ['Runs', 'FAILED'],
    ['Runs', 'STOPPED'],
    ['Runs', 'REFUSED'],
  ];
  for (const [name, state] of ends) await endRun(at({}), { state }, taskOf(name, at({}), Date.now()));
  await workChunks(wiringOf(stack, from, 'Worker', write));
  return log.filter(({ event }) => event !== 'model_loaded');
}

/** A mini-job with a row that is wrong, and one whose file cannot be read. */
async function workChunks(wiring: ReturnType<typeof wiringOf>): Promise<void> {
  const worker = createBatchWorker({ ...wiring, createSession: createOnnxSession });
  const content = Buffer.from(ROWS);
  const start = content.indexOf('\n') + 1;
  const chunk = { v: 1, index: 0, key: 'k', etag: 'e', format: 'csv', start, end: content.length } as const;
  const task: ChunkTask = { run: 'late', attempt: 1, round: 0, chunk: { ...chunk, firstRow: 1, firstLine: 2 } };
  const stores = (read: (from: number, to: number) => Promise<Buffer>) => ({
    table: {
      run: async () => at({}),
      beginChunk: async () => ({ tries: 1 }),
      finishChunk: async () => true,
      failChunk: async () => undefined,
    },
    input: { open: () => ({ bytes: content.length, read }) },
    output: { put: async () => undefined },
  });
  const reading = (read: (from: number, to: number) => Promise<Buffer>) =>
    workChunk(task, { ...worker, model: 'iris', ...stores(read) } as never, Date.now() + 60_000);
  await reading(async (from, to) => content.subarray(from, to));
  await expect(reading(() => Promise.reject(new Error('it breaks off')))).rejects.toThrow('it breaks off');
}
