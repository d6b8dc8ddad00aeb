import { RUN_NAME } from '../shared/batch/run-keys';
import { type BatchSettings, RUN_TABLE, type Run } from '../shared/contract';
import { quote, ServingError } from '../shared/errors';
import type { BeginEvent } from './begin';

const DAY_MS = 86_400_000;
/** Days of a run: each is a look into the bucket. */
const MOST_DAYS = 366;

export interface RequestedRun {
  readonly run: Pick<Run, 'run' | 'trigger' | 'from' | 'to' | 'source' | 'startedAt'>;
  /** What is wrong with the request; then the run has failed before it began. */
  readonly error?: ServingError;
}

/** The run that a trigger asks for. A trigger of a schedule is named by its time, so that one that comes twice is one run. */
export function runOf(event: BeginEvent, settings: BatchSettings): RequestedRun {
  const { begin: request, executionName, startTime } = event;
  const scheduledAt = Date.parse(`${request.scheduledTime}`);
  const at = scheduledAt || Date.parse(startTime) || Date.now();
  const trigger = request.trigger === 'schedule' ? 'schedule' : 'demand';
  const ofTrigger =
    trigger === 'schedule'
      ? `schedule-${new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')}Z`
      : executionName;
  const today = dayOf(at - settings.daysBack * DAY_MS, settings.timeZone);
  const from = request.from ?? request.to ?? today;
  const to = request.to ?? from;
  const named = { run: request.run ?? ofTrigger, trigger, startedAt: Date.now() } as const;
  try {
    checkName(named.run);
    checkDays(from, to);
    return { run: { ...named, from, to, source: sourceOf(request.source, settings) } };
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    const run = RUN_NAME.test(named.run) ? named.run : ofTrigger.slice(0, 64);
    return { run: { ...named, run, from: today, to: today }, error };
  }
}

function checkName(run: string): void {
  if (RUN_NAME.test(run) && run !== RUN_TABLE.turn) return;
  const message = `the name of a run is letters, digits, "_", "-" and ".", at most 64; got ${quote(run)}`;
  throw new ServingError('INVALID_REQUEST', message, { field: 'run' });
}

function checkDays(from: string, to: string): void {
  for (const [field, day] of Object.entries({ from, to })) {
    if (/^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day))) continue;
    throw new ServingError('INVALID_REQUEST', `${field} must be a day as yyyy-mm-dd, got ${quote(day)}`, { field });
  }
  if (to < from)
    throw new ServingError('INVALID_REQUEST', `to (${to}) must not be before from (${from})`, { field: 'to' });
  if (daysBetween(from, to).length > MOST_DAYS) {
    throw new ServingError('INVALID_REQUEST', `a run is about ${MOST_DAYS} days at most`, { field: 'to' });
  }
}

/** Only what the service may read: a key, or a prefix that ends in a slash. */
function sourceOf(source: string | undefined, { inputPrefix }: BatchSettings): string | undefined {
  if (source === undefined) return undefined;
  if (source !== '' && source.startsWith(inputPrefix)) return source;
  const message = `source must begin with ${quote(inputPrefix)}, which is what the service may read; got ${quote(source)}`;
  throw new ServingError('FORBIDDEN', message, { field: 'source' });
}

/** The day that it is in a time zone. */
export function dayOf(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
}

export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}
