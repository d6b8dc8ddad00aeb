import { Duration, Size, Token } from 'aws-cdk-lib';
import type { BatchSettings } from '../../lambdas/shared/contract';
import type { Model } from '../model/model';
import { validateCounts } from '../predictor/model-function-options';
import { BatchFormat, BatchOverlap } from './batch-enums';
import type { BatchOptions } from './batch-options';

/** The options with what follows from them. */
export interface BatchPlan {
  readonly settings: BatchSettings;
  readonly maxConcurrency: number;
  readonly maxAttempts: number;
  readonly chunkTimeout: Duration;
  readonly deadline: Duration;
}

/** A mini-job is to be short enough that a try more does not hurt, and long enough that its beginning does not count. */
const CHUNK_SECONDS = 60;
const MOST_CHUNK_ROWS = 100_000;

export function batchPlan(options: BatchOptions, model: Model): BatchPlan {
  const measured = model._measurements;
  const { maxAttempts = 3, maxConcurrency = 10, rowsPerRun = stackedRows(measured?.bestBatch) } = options;
  const perSecond = rowsPerSecond(model, rowsPerRun);
  const chunkRows = options.chunkRows ?? (perSecond ? clamp(CHUNK_SECONDS * perSecond, 1, MOST_CHUNK_ROWS) : 10_000);
  const chunkTimeout = options.chunkTimeout ?? Duration.minutes(10);
  const deadline = options.deadline ?? Duration.hours(6);
  validateCounts({ chunkRows, rowsPerRun, maxConcurrency, maxAttempts, expectedRows: options.expectedRows });
  validateBatchOptions(options, model);
  requireInTime(options, { perSecond, maxConcurrency, deadline });
  const input = options.input ?? 'input/';
  const settings: BatchSettings = {
    input,
    inputPrefix: readablePrefix(input),
    outputPrefix: options.outputPrefix ?? 'output/',
    format: options.format,
    delimiter: options.delimiter ?? ',',
    multiline: options.multiline ?? true,
    idColumn: options.idColumn,
    joinColumns: options.join ? (options.joinColumns ?? ['*']) : undefined,
    outputs: options.outputs,
    bodies: options.preprocess || options.postprocess ? true : undefined,
    rowsPerRun,
    chunkRows,
    chunkBytes: (options.chunkSize ?? Size.mebibytes(16)).toBytes(),
    toleratedFailurePercentage: options.toleratedFailurePercentage ?? 10,
    overlap: options.overlap ?? BatchOverlap.REFUSE,
    timeZone: options.timeZone ?? 'UTC',
    daysBack: options.daysBack ?? 0,
    deadlineMs: deadline.toMilliseconds(),
    heartbeatMs: heartbeatMs(options, deadline),
    retentionMs: (options.runRetention ?? Duration.days(90)).toMilliseconds(),
  };
  return { settings, maxConcurrency, maxAttempts, chunkTimeout, deadline };
}

/** From the best batch on the model gains little more, but what is done once for each run does. */
function stackedRows(bestBatch = 1): number {
  return bestBatch > 1 ? 16 * bestBatch : 1;
}

/** What is read for sure begins with this; what a day or a file is called comes behind. */
export function readablePrefix(input: string): string {
  const [constant = ''] = input.split('{date}');
  return constant.slice(0, constant.lastIndexOf('/') + 1);
}

/** The longest that may be between two runs that completed: some intervals, and the time of one run. */
function heartbeatMs({ heartbeatIntervals = 2, schedule }: BatchOptions, deadline: Duration): number | undefined {
  return schedule?._intervalMs && heartbeatIntervals * schedule._intervalMs + deadline.toMilliseconds();
}

function rowsPerSecond(model: Model, rowsPerRun: number): number | undefined {
  const batches = (model._measurements?.batches ?? []).filter(({ rows }) => rows <= rowsPerRun);
  return batches.at(-1)?.rowsPerSecond;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.floor(value)));
}

function validateBatchOptions(options: BatchOptions, { card }: Model): void {
  const {
    daysBack = 0,
    delimiter = ',',
    heartbeatIntervals = 2,
    joinColumns,
    outputs,
    outputPrefix = 'output/',
  } = options;
  requireBetween('maxAttempts', options.maxAttempts ?? 3, 1, 10);
  requireBetween('maxConcurrency', options.maxConcurrency ?? 10, 1, 1000);
  requireBetween('heartbeatIntervals', heartbeatIntervals, 1, 100);
  requireBetween('toleratedFailurePercentage', options.toleratedFailurePercentage ?? 10, 0, 100);
  if (!(Number.isInteger(daysBack) && daysBack >= 0 && daysBack <= 366) && !Token.isUnresolved(daysBack)) {
    throw new Error(`daysBack must be a whole number from 0 to 366; got ${daysBack}`);
  }
  if (delimiter.length !== 1 || delimiter.charCodeAt(0) > 127 || '"\r\n'.includes(delimiter)) {
    throw new Error(
      `delimiter must be one character of ASCII, and no quote or line break; got ${JSON.stringify(delimiter)}`,
    );
  }
  requireBodies(options);
  if (joinColumns && !options.join)
    throw new Error('joinColumns must come with join: true; without, results have no columns');
  const known = card.outputs.map(({ name }) => name);
  const unknown = outputs?.find((name) => !known.includes(name));
  if (unknown !== undefined || outputs?.length === 0) {
    throw new Error(
      `outputs must be some of ${known.join(', ')}, which ${card.modelName} gives; got ${JSON.stringify(outputs)}`,
    );
  }
  for (const [name, key] of Object.entries({ input: options.input ?? 'input/', outputPrefix })) {
    if (/[*?]|\$\{(?!Token)/.test(key) || key.startsWith('/')) {
      throw new Error(
        `${name} must not hold "*", "?" or "\${", which a policy would take for a pattern, nor begin with "/"; got ${JSON.stringify(key)}`,
      );
    }
  }
  if (outputPrefix !== '' && !outputPrefix.endsWith('/')) {
    throw new Error(`outputPrefix must end in "/"; got ${JSON.stringify(outputPrefix)}`);
  }
  requireTimes(options);
}

/** Hooks read bodies, and only they know what is in them. */
function requireBodies({ format, outputs, postprocess, preprocess }: BatchOptions): void {
  if (!preprocess && !postprocess) return;
  if (format !== undefined && format !== BatchFormat.JSONL) {
    throw new Error(
      `format must be jsonl with preprocess or postprocess, which read a body from each line; got ${format}`,
    );
  }
  if (outputs) throw new Error('outputs must not be given with preprocess or postprocess: results are what those make');
}

function requireTimes({ chunkTimeout, deadline, flexibleWindow, timeZone = 'UTC' }: BatchOptions): void {
  const seconds = chunkTimeout?.toSeconds({ integral: false }) ?? 600;
  if (seconds < 10 || seconds > 900 || seconds % 1) {
    throw new Error(
      `chunkTimeout must be whole seconds from 10 s to 15 minutes, the limit of Lambda; got ${seconds} s`,
    );
  }
  const minutes = deadline?.toMinutes({ integral: false }) ?? 360;
  if (minutes < 1 || minutes % 1 || minutes > 182 * 1440) {
    throw new Error(`deadline must be whole minutes, at least one, at most 182 days; got ${minutes} minutes`);
  }
  const window = flexibleWindow?.toMinutes({ integral: false });
  if (window !== undefined && (window < 1 || window > 1440 || window % 1)) {
    throw new Error(`flexibleWindow must be whole minutes, at most 24 hours; got ${window} minutes`);
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new Error(
      `timeZone must be one of the IANA database, such as Europe/Berlin; got ${JSON.stringify(timeZone)}`,
    );
  }
}

/** The antipattern of a batch: so many rows that the run cannot end before its deadline. */
function requireInTime(
  { expectedRows }: BatchOptions,
  { deadline, maxConcurrency, perSecond }: { perSecond?: number; maxConcurrency: number; deadline: Duration },
): void {
  if (expectedRows === undefined || perSecond === undefined) return;
  const seconds = expectedRows / (perSecond * maxConcurrency);
  if (seconds <= deadline.toSeconds()) return;
  throw new Error(
    `deadline (${deadline.toSeconds()} s) must be longer than what ${expectedRows} rows take: ${Math.ceil(seconds)} s at ${Math.round(perSecond)} rows a second with maxConcurrency ${maxConcurrency}. Raise maxConcurrency or the deadline, or take a faster model.`,
  );
}

function requireBetween(name: string, value: number, least: number, most: number): void {
  if (Token.isUnresolved(value) || (value >= least && value <= most)) return;
  throw new Error(`${name} must be from ${least} to ${most}; got ${value}`);
}
