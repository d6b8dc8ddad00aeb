import { readFileSync } from 'node:fs';
import { fromHalf } from '../../lambdas/shared/protocol/float16';
import { elementCount, type Tensor } from '../../lambdas/shared/protocol/tensor';
import type { Session } from '../../lambdas/shared/session/session';
import { requireAnswers } from './check-model';
import { GoldenRows } from './golden-rows';
import { onnxRuntimeVersion, openModel } from './open-model';
import type { BatchTimes, Measured, MeasureTask, Report } from './task';

const BATCHES = [1, 2, 4, 8, 16, 32, 64];
/** Each size is measured in several rounds, so that what else the machine does hits all sizes alike. */
const ROUNDS = 3;
const ROUND_MS = 250;
const FEWEST_RUNS = 5;
/** More would only fill the memory that is measured too. */
const MOST_RUNS = 2000;
/** A run that takes longer is neither repeated more than needed nor made larger. */
const LONG_RUN_MS = 1000;
/** Below this gain stacking is not worth the wait for other rows. */
const WORTH = 1.3;

/** Times a model as a function with one CPU runs it: one thread, one run at a time. */
export async function measureModel(task: MeasureTask, report: (message: Report) => void): Promise<Measured> {
  const { sessionCreateMs, session } = await openRepeatedly(task.model);
  await requireAnswers(session, task);
  const rows = new GoldenRows(task);
  const batches = await timeBatches(session, rows, report);
  const single = batches[0] as BatchTimes;
  const fastest = batches.reduce((best, each) => (each.rowsPerSecond > best.rowsPerSecond ? each : best));
  const gain = fastest.rowsPerSecond / single.rowsPerSecond;
  const independent = rows.stackable && (await rowsAreIndependent(session, rows, task.golden.tolerance));
  const notes = [
    ...(rows.stackable ? [] : ['Its inputs have no open first dimension: one row a run.']),
    ...(rows.stackable && !independent ? ['Rows of one run change one another: they must not be stacked.'] : []),
  ];
  return {
    onnxRuntime: onnxRuntimeVersion(),
    sessionCreateMs,
    batches,
    bestBatch: independent && gain >= WORTH ? fastest.rows : 1,
    stackingGain: independent ? rounded(gain) : 1,
    peakMemoryBytes: peakMemoryBytes(),
    notes,
  };
}

/** The median, since a function pays it once and one sample is noise. */
async function openRepeatedly(model: string): Promise<{ sessionCreateMs: number; session: Session }> {
  const times: number[] = [];
  for (;;) {
    const started = performance.now();
    const session = await openModel(model);
    times.push(performance.now() - started);
    if (times.length === ROUNDS) return { sessionCreateMs: rounded(percentile(times, 0.5)), session };
    await session.dispose();
  }
}

async function timeBatches(
  session: Session,
  rows: GoldenRows,
  report: (message: Report) => void,
): Promise<BatchTimes[]> {
  const samples = new Map<number, number[]>((rows.stackable ? BATCHES : [1]).map((size) => [size, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    report({ progress: `round ${round} of ${ROUNDS}` });
    for (const [size, times] of samples) {
      times.push(...(await timeRuns(session, rows.batch(size))));
      if (percentile(times, 0.5) <= LONG_RUN_MS) continue;
      for (const larger of BATCHES) if (larger > size) samples.delete(larger);
    }
  }
  return [...samples].map(([size, times]) => batchTimes(size, times));
}

async function timeRuns(session: Session, inputs: readonly Tensor[]): Promise<number[]> {
  const outputs = session.outputs.map(({ name }) => name);
  await session.run(inputs, outputs);
  const times: number[] = [];
  const end = performance.now() + ROUND_MS;
  while (times.length < FEWEST_RUNS || (times.length < MOST_RUNS && performance.now() < end)) {
    const started = performance.now();
    await session.run(inputs, outputs);
    const time = performance.now() - started;
    times.push(time);
    if (time > LONG_RUN_MS && times.length > 1) break;
  }
  return times;
}

function batchTimes(rows: number, times: readonly number[]): BatchTimes {
  const perRow = (part: number) => rounded(percentile(times, part) / rows);
  return {
    rows,
    runs: times.length,
    perRowMs: { p50: perRow(0.5), p95: perRow(0.95), p99: perRow(0.99) },
    rowsPerSecond: rounded((rows * 1000) / percentile(times, 0.5)),
  };
}

/** Whether a row is answered alike, alone and among others: a first dimension may be something else than a batch. */
async function rowsAreIndependent(session: Session, rows: GoldenRows, tolerance: number): Promise<boolean> {
  const names = session.outputs.map(({ name }) => name);
  const together = await session.run(rows.batch(2), names);
  for (const row of [0, 1]) {
    const alone = await session.run(rows.batch(1, row), names);
    for (const [at, single] of alone.entries()) {
      const size = elementCount(single.shape);
      const both = together[at];
      if (!both || both.data.length !== 2 * size) return false;
      for (let i = 0; i < size; i++) {
        if (!isClose(single.data[i], both.data[row * size + i], single.datatype, tolerance)) return false;
      }
    }
  }
  return true;
}

function isClose(a: unknown, b: unknown, datatype: string, tolerance: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (!datatype.startsWith('FP')) return false;
  const [left, right] =
    datatype === 'FP16' ? [fromHalf(a as number), fromHalf(b as number)] : [a as number, b as number];
  return Math.abs(left - right) <= tolerance;
}

/** The smallest value that so many of them do not exceed. */
function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/** Three digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** Of this process alone: `maxRSS` also counts what it was before it became this program. */
function peakMemoryBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
