import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { beforeAll, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import type { Run } from '../../lambdas/shared/contract';
import { BatchService } from './batch/batch-service';
import { irisCsv } from './batch/iris-rows';
import { answersOf, expectedAnswers, poisonCsv, SLOW } from './batch/poison-rows';
import { logLines } from './client';
import { deployApp } from './emulator';
import { needing } from './needing';
import { killEnvironments } from './processes';

const target = inject('target');
const schedules = new SchedulerClient(clientConfig(target));

let nightly: BatchService;
let poison: BatchService;
let retryAll: BatchService;
let retryNone: BatchService;
/** Runs that begin by schedules while the other tests run. */
let scheduled: Promise<Run[]>;

beforeAll(async () => {
  const { BatchServices = {} } = await deployApp({ target, folder: inject('folder') }, 'batch');
  const of = (name: string) => new BatchService(target, BatchServices, name);
  [nightly, poison, retryAll, retryNone] = [of('Nightly'), of('Poison'), of('RetryAll'), of('RetryNone')];
  await nightly.upload(`days/${today()}/flowers.csv`, irisCsv(30));
  if ('schedules' in inject('missing')) return;
  scheduled = runsBySchedule();
  scheduled.catch(() => undefined);
}, 300_000);

const today = () => new Date().toISOString().slice(0, 10);

/** The deployed schedule of a rate, and beside it one that fires once and one of a calendar, with the same target. */
async function runsBySchedule(): Promise<Run[]> {
  const deployed = await schedules.send(new GetScheduleCommand({ Name: nightly.output('Schedule') }));
  const soon = new Date(Date.now() + 3000).toISOString().slice(0, 19);
  const others = { 'batch-at': `at(${soon})`, 'batch-cron': 'cron(* * * * ? *)' };
  for (const [Name, ScheduleExpression] of Object.entries(others)) {
    const Target = { ...deployed.Target, Arn: deployed.Target?.Arn, RoleArn: deployed.Target?.RoleArn } as never;
    const Input = JSON.stringify({ trigger: 'schedule', run: Name });
    await schedules.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression,
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { ...(Target as object), Input } as never,
      }),
    );
  }
  const runs = [await nightly.ended('batch-at'), await nightly.ended('batch-cron', { seconds: 200 })];
  for (const Name of Object.keys(others)) await schedules.send(new DeleteScheduleCommand({ Name }));
  for (const until = Date.now() + 150_000; Date.now() < until; ) {
    const found = (await nightly.recent(20)).find(
      ({ run, state }) => run.startsWith('schedule-') && state === 'COMPLETED',
    );
    if (found) return [...runs, found];
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`the schedule has not fired: ${JSON.stringify(await nightly.recent(20))}`);
}

test('[4.1] on demand: a run with the name and the days that are asked for', async () => {
  const days = ['2027-01-30', '2027-01-31', '2027-02-01'];
  for (const day of days) await nightly.upload(`days/${day}/flowers.csv`, irisCsv(20));
  await nightly.start('january', { from: days[0], to: days[1], trigger: 'demand' });
  const run = await nightly.ended('january');
  expect(run).toMatchObject({
    state: 'COMPLETED',
    trigger: 'demand',
    from: days[0],
    to: days[1],
    files: 2,
    rowsDone: 40,
  });
  const { files } = await nightly.account(run);
  expect(files.map(({ file }) => file)).toEqual([`days/${days[0]}/flowers.csv`, `days/${days[1]}/flowers.csv`]);
  const results = (await nightly.read(files[0]?.results[0] ?? '')).toString().split('\n');
  // Only the output that was selected, by the number of the row.
  expect(results[0]).toBe('row,label,label_name,run_id,model_version');
  expect(results[1]).toBe('1,0,setosa,january,1.0.0');
}, 120_000);

test('[4.1] what cannot be read is a run that failed and says why', async () => {
  await nightly.start('nowhere', { source: 'days/none/' });
  expect(await nightly.ended('nowhere')).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
  await nightly.start('elsewhere', { source: 'secrets/all.csv' });
  expect(await nightly.ended('elsewhere')).toMatchObject({ state: 'FAILED', error: { code: 'FORBIDDEN' } });
  await nightly.start('never', { from: '2027-02-30x' });
  expect(await nightly.ended('never')).toMatchObject({ state: 'FAILED', error: { code: 'INVALID_REQUEST' } });
}, 120_000);

test('[4.3] a row that fails the run of the model fails alone', async () => {
  const run = await poison.runOn({
    'rows.csv': poisonCsv(30, (row) => ({ index: row === 7 || row === 22 ? 99 : undefined })),
  });
  expect(run).toMatchObject({ state: 'PARTIAL', rowsDone: 30, rowsFailed: 2 });
  const expected = expectedAnswers(30);
  for (const id of ['r7', 'r22']) expected.delete(id);
  expect(answersOf(await poison.results(run))).toEqual(expected);
  expect((await poison.errors(run)).map(({ code, id, line, row }) => ({ code, id, line, row }))).toEqual([
    { code: 'INTERNAL', id: 'r7', line: 8, row: 7 },
    { code: 'INTERNAL', id: 'r22', line: 23, row: 22 },
  ]);
}, 120_000);

needing('iam').test.each([
  ['retry the failed one', () => poison, [1, 3, 1], 10],
  ['retry all', () => retryAll, [3, 3, 3], 50],
  ['no retry', () => retryNone, [1, 1, 1], 50],
] as const)(
  '[4.4] one mini-job of three fails: %s',
  async (_, service, tries, rows) => {
    const batch = service();
    const name = `denied-${batch.output('Table')}`.slice(-60).replace(/^[^A-Za-z0-9]+/, '');
    const file = batch === poison ? poisonCsv(3 * rows, () => ({})) : irisCsv(3 * rows);
    await batch.upload(`input/${name}.csv`, file);
    const part = `arn:aws:s3:::${batch.places.outputBucket}/output/${name}/_work/part-000001.out`;
    const run = await batch.without('Worker', 's3:PutObject', part, async () => {
      await batch.start(name, { source: `input/${name}.csv` });
      return batch.ended(name, { seconds: 180 });
    });
    expect((await batch.chunks(name)).map((chunk) => chunk.tries)).toEqual(tries);
    // A third of the rows is within what is tolerated here.
    expect(run).toMatchObject({ state: 'PARTIAL', rowsDone: 2 * rows, chunksDone: 2 });
    const [missing] = await batch.errors(run);
    expect(missing).toMatchObject({ row: rows + 1, rows, code: 'UNAVAILABLE' });

    // [4.5] The same run again: what is done is not predicted again, and nothing is missing or twice.
    await batch.resume(name);
    const resumed = await batch.ended(name, { attempt: 2 });
    expect(resumed).toMatchObject({ state: 'COMPLETED', rowsDone: 3 * rows, attempt: 2 });
    expect((await batch.chunks(name)).map((chunk) => chunk.tries)).toEqual([tries[0], tries[1] + 1, tries[2]]);
    const ids = (await batch.results(resumed))
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]);
    expect(ids).toHaveLength(3 * rows);
    expect(new Set(ids).size).toBe(3 * rows);
  },
  300_000,
);

test('[4.4] more failures than are tolerated: the run has FAILED', async () => {
  const run = await poison.runOn({ 'rows.csv': poisonCsv(20, (row) => ({ index: row > 5 ? 99 : undefined })) });
  expect(run).toMatchObject({ state: 'FAILED', rowsDone: 20, rowsFailed: 15 });
  expect(run.error?.message).toContain('over the 60 % that are tolerated');
}, 120_000);

needing('killEnvironments').test(
  '[4.5] a worker is killed in the middle of a mini-job: it is tried again, and each row is there once',
  async () => {
    // Long enough that no worker is between two mini-jobs when it is killed, which takes its time in a container.
    const name = await poison.startOn({ 'rows.csv': poisonCsv(40, () => ({ iterations: 5 * SLOW })) });
    await poison.until(name, ({ chunksDone }) => chunksDone >= 1);
    expect(killEnvironments(inject('endpoint'), poison.output('WorkerFunction'))).toBeGreaterThan(0);
    const run = await poison.ended(name, { seconds: 180 });
    expect(run).toMatchObject({ state: 'COMPLETED', rowsDone: 40, chunksDone: 4 });
    expect(answersOf(await poison.results(run))).toEqual(expectedAnswers(40));
    expect(Math.max(...(await poison.chunks(name)).map(({ tries }) => tries))).toBeGreaterThan(1);
  },
  300_000,
);

test('[4.5] a run is stopped in the middle and resumed: no row is predicted twice and none is missing', async () => {
  const name = await poison.startOn({ 'rows.csv': poisonCsv(100, () => ({ iterations: SLOW })) });
  await poison.until(name, ({ chunksDone }) => chunksDone >= 2);
  await poison.stop(name);
  const stopped = await poison.ended(name);
  expect(stopped).toMatchObject({ state: 'STOPPED' });
  // What a worker had begun it ends; then nobody works on the run any more.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const before = (await poison.chunks(name)).filter(({ state }) => state === 'DONE');
  expect(before.length).toBeLessThan(10);
  await poison.resume(name);
  const run = await poison.ended(name, { attempt: 2, seconds: 180 });
  expect(run).toMatchObject({ state: 'COMPLETED', rowsDone: 100, chunksDone: 10, attempt: 2 });
  expect(answersOf(await poison.results(run))).toEqual(expectedAnswers(100));
  const after = new Map((await poison.chunks(name)).map(({ item, tries }) => [item, tries]));
  for (const { item, tries } of before) expect(after.get(item), item).toBe(tries);
}, 300_000);

test('[4.5] [4.7] a trigger while a run goes is refused by policy, and a late run is seen', async () => {
  const name = await poison.startOn({ 'rows.csv': poisonCsv(30, () => ({ iterations: SLOW })) });
  await poison.until(name, ({ state }) => state === 'RUNNING');
  const second = await poison.runOn({ 'rows.csv': poisonCsv(1, () => ({})) });
  expect(second).toMatchObject({ state: 'REFUSED', attempt: 0, error: { code: 'CONFLICT' } });
  expect(second.error?.message).toContain(name);

  expect(await poison.watch()).toEqual({ run: name, overdue: false });
  await poison.setDeadlineAt(name, Date.now() - 1);
  expect(await poison.watch()).toEqual({ run: name, overdue: true });
  expect((await poison.ended(name, { seconds: 180 })).state).toBe('COMPLETED');
  const watched = (await logLines(poison.output('RunsLogGroup'))).filter(({ event }) => event === 'runs_watched');
  expect(watched).toContainEqual(
    expect.objectContaining({ run: name, overdue: true, RunsOverdue: 1, model: 'poison' }),
  );

  // The same trigger once more, by whatever execution: it is the run that is there.
  await poison.trigger(`again-${name}`, { run: name, source: `input/${name}/` });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await poison.run(name)).toMatchObject({ state: 'COMPLETED', attempt: 1, rowsDone: 30 });
}, 300_000);

test('[4.5] by the other policy it waits for its turn', async () => {
  const names = ['first', 'second', 'third'];
  await Promise.all(names.map((name) => nightly.start(name, { from: today() })));
  const runs = await Promise.all(names.map((name) => nightly.ended(name, { seconds: 200 })));
  expect(runs.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  const spans = runs
    .map(({ begunAt = 0, endedAt = 0 }) => ({ begunAt, endedAt }))
    .sort((a, b) => a.begunAt - b.begunAt);
  // Much less than a run takes: clocks of different functions.
  for (const [at, { begunAt }] of spans.entries())
    expect(begunAt).toBeGreaterThanOrEqual((spans[at - 1]?.endedAt ?? 0) - 50);
}, 300_000);

test('[4.7] no run has completed for too long: the heartbeat is above 1', async () => {
  const { heartbeat: fresh = 9 } = await nightly.watch();
  expect(fresh).toBeLessThan(1);
  await nightly.setCompletedAt(Date.now() - 7 * 3_600_000);
  const { heartbeat = 0 } = await nightly.watch();
  // Two intervals of a minute and the six hours of a run.
  expect(heartbeat).toBeGreaterThan(1);
  const lines = await logLines(nightly.output('RunsLogGroup'));
  expect(lines).toContainEqual(expect.objectContaining({ event: 'runs_watched', HeartbeatAge: expect.any(Number) }));
}, 60_000);

needing('schedules').test(
  '[4.1] schedules of a rate, of a calendar and of one time begin runs',
  async () => {
    for (const run of await scheduled) {
      expect(run).toMatchObject({
        state: 'COMPLETED',
        trigger: 'schedule',
        from: today(),
        to: today(),
        rowsDone: 30,
        rowsFailed: 0,
      });
    }
  },
  400_000,
);
