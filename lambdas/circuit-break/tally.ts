import type { Question } from '../composed/service';
import type { BreakerEvent, Ended } from '../shared/breaker/breaker';
import { BREAKER_METRICS, type ModelManifest } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import type { Measured, RequestLog } from '../shared/telemetry/request-log';
import type { Refusal } from './fall-back';

const METRICS = BREAKER_METRICS;
const EVENTS = { opened: METRICS.opened, probing: METRICS.probes, closed: METRICS.closed } as const;

/** Lines and metrics of what a circuit break does. A call that goes through leaves none but the request's own. */
export class Tally {
  constructor(
    private readonly log: RequestLog,
    private readonly manifest: Pick<ModelManifest, 'name'>,
  ) {}

  /** What happened to the breaker. */
  breaker(event: BreakerEvent, details: Readonly<Record<string, unknown>> = {}): void {
    this.#write(`breaker_${event}`, details, [[EVENTS[event], 1]]);
  }

  /** The table did not answer, and nobody waits for it. */
  tableFailed(cause: unknown): void {
    this.#write('breaker_table_failed', { reason: reasonOf(cause) }, [[METRICS.tableFailures, 1]]);
  }

  /** An answer that came, and too late. */
  slow({ requestId }: Question): void {
    this.#write('slow_call', { requestId }, [[METRICS.slowCalls, 1]]);
  }

  /** A call that the predictor did not answer; whether the fallback did, and what the predictor is to blame for. */
  refused({ requestId }: Question, { error, reason }: Refusal, end: Ended, answered: boolean): void {
    const counted: Measured[] = answered ? [[METRICS.fallbacks, 1]] : [];
    if (reason === 'open') counted.push([METRICS.refusedOpen, 1]);
    if (reason === 'concurrency') counted.push([METRICS.refusedConcurrency, 1]);
    if (end !== 'unknown' && end.failed) counted.push([METRICS.failedCalls, 1]);
    if (end !== 'unknown' && end.slow) counted.push([METRICS.slowCalls, 1]);
    const cause = error && { code: error.code, cause: reasonOf(error.cause ?? error) };
    this.#write('call_refused', { requestId, reason, fallback: answered, ...cause }, counted);
  }

  #write(event: string, details: Readonly<Record<string, unknown>>, metrics: readonly Measured[]): void {
    this.log.event(event, { model: this.manifest.name, ...details }, metrics);
  }
}
