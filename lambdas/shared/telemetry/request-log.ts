import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS, type ModelIdentity } from '../contract';
import { reasonOf, type ServingError } from '../errors';

/** What is known of a request when its answer is. There is no place here for what it carried. */
export interface RequestRecord {
  readonly requestId: string;
  readonly traceparent: string;
  readonly operation: string;
  readonly status: number;
  readonly latencyMs: number;
  /** Who answered, as far as is known. */
  readonly model: Partial<ModelIdentity>;
  readonly rows?: number;
  readonly modelLatencyMs?: number;
  readonly error?: ServingError;
}

export interface LogSettings {
  readonly service: string;
  readonly environment: string;
  /** Whether the environment was started ahead of its first request, which then waited for nothing. */
  readonly provisioned?: boolean;
  readonly write: (line: string) => void;
}

/** Operations that ask for a prediction; only these are metrics, so that health checks do not hide a slow model. */
const MEASURED = new Set(['infer', 'predictRows', 'invoke']);

const { requests, latency, modelLatency, clientErrors, serverErrors, rows, coldStarts } = METRICS;
const OF_REFUSED = [requests, latency, clientErrors, serverErrors];
const OF_ANSWERED = [...OF_REFUSED, modelLatency, rows];
const REFUSED = directive(OF_REFUSED);
const ANSWERED = directive(OF_ANSWERED);

function directive(
  metrics: readonly { name: string; unit: string }[],
  dimensions: readonly string[] = METRIC_DIMENSIONS,
): string {
  const Metrics = metrics.map(({ name, unit }) => ({ Name: name, Unit: unit }));
  return JSON.stringify([{ Namespace: METRIC_NAMESPACE, Dimensions: [dimensions], Metrics }]);
}

/** Writes the one line of each request: structured log and CloudWatch embedded metrics at once. */
export class RequestLog {
  #coldStart: boolean;

  constructor(private readonly settings: LogSettings) {
    this.#coldStart = !settings.provisioned;
  }

  record(record: RequestRecord): void {
    const { model, error, status } = record;
    const line = JSON.stringify({
      service: this.settings.service,
      model: model.name ?? 'unknown',
      version: model.version,
      revision: model.revision,
      requestId: record.requestId,
      traceparent: record.traceparent,
      operation: record.operation,
      status,
      code: error?.code,
      field: error?.field,
      stage: error?.stage,
      reason: error?.cause === undefined ? undefined : reasonOf(error.cause),
      rows: record.rows,
      latencyMs: micros(record.latencyMs),
      modelLatencyMs: record.modelLatencyMs === undefined ? undefined : micros(record.modelLatencyMs),
      coldStart: this.#coldStart,
      environment: this.settings.environment,
    });
    const metrics = MEASURED.has(record.operation) ? metricsText(record, this.#coldStart) : '';
    const started = this.#coldStart && !metrics ? measuredText([[coldStarts, 1]]) : '';
    this.#coldStart = false;
    this.settings.write(`{${started}${metrics}${line.slice(1)}\n`);
  }

  /** Something that happened beside requests, and what it counts as. */
  event(
    event: string,
    details: Readonly<Record<string, unknown>>,
    metrics: readonly Measured[] = [],
    dimensions?: readonly string[],
  ): void {
    const { service, environment, write } = this.settings;
    const line = JSON.stringify({ service, environment, event, ...details });
    write(`{${metrics.length ? measuredText(metrics, dimensions) : ''}${line.slice(1)}\n`);
  }
}

/** A metric with its value. */
export type Measured = readonly [metric: { readonly name: string; readonly unit: string }, value: number];

/** Values of metrics, beside the members of the line. */
function measuredText(metrics: readonly Measured[], dimensions?: readonly string[]): string {
  const values = metrics.map(([{ name }, value]) => `"${name}":${micros(value)},`).join('');
  return `${awsText(
    directive(
      metrics.map(([metric]) => metric),
      dimensions,
    ),
  )}${values}`;
}

/** Milliseconds to the microsecond: what the clock can tell. */
function micros(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function directiveOf(answered: boolean, coldStart: boolean): string {
  // Once in an environment's life; the other lines do not pay for it.
  if (coldStart) return directive([...(answered ? OF_ANSWERED : OF_REFUSED), coldStarts]);
  return answered ? ANSWERED : REFUSED;
}

function awsText(metrics: string): string {
  return `"_aws":{"Timestamp":${Date.now()},"CloudWatchMetrics":${metrics}},`;
}

function metricsText({ status, latencyMs, modelLatencyMs, rows: count }: RequestRecord, coldStart: boolean): string {
  const answered = modelLatencyMs !== undefined && count !== undefined;
  const started = coldStart ? `"${coldStarts.name}":1,` : '';
  const model = answered ? `"${modelLatency.name}":${micros(modelLatencyMs)},"${rows.name}":${count},` : '';
  const clientError = status >= 400 && status < 500 ? 1 : 0;
  const serverError = status >= 500 ? 1 : 0;
  return (
    `${awsText(directiveOf(answered, coldStart))}${started}` +
    `"${requests.name}":1,"${latency.name}":${micros(latencyMs)},${model}` +
    `"${clientErrors.name}":${clientError},"${serverErrors.name}":${serverError},`
  );
}
