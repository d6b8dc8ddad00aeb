/** Namespace and dimensions of every metric. A dimension is also a key of the log line. */
export const METRIC_NAMESPACE = 'CdkMlServing';
export const METRIC_DIMENSIONS = ['service', 'model'] as const;

/** Metrics of the predict path, emitted with each request's log line (CloudWatch embedded metric format). */
export const METRICS = {
  /** One per request. */
  requests: { name: 'Requests', unit: 'Count' },
  /** Time in the handler. */
  latency: { name: 'Latency', unit: 'Milliseconds' },
  /** Time in the model alone. */
  modelLatency: { name: 'ModelLatency', unit: 'Milliseconds' },
  /** Answers with a 4xx status. */
  clientErrors: { name: 'ClientErrors', unit: 'Count' },
  /** Answers with a 5xx status. */
  serverErrors: { name: 'ServerErrors', unit: 'Count' },
  /** Rows predicted. */
  rows: { name: 'Rows', unit: 'Count' },
  /** Environments that had to start for a request, which waited for it. */
  coldStarts: { name: 'ColdStarts', unit: 'Count' },
} as const;

/** Which payloads are logged. */
export interface PayloadLogSettings {
  /** Share of the predictions: more than 0, at most 1. */
  readonly sampleRate: number;
  /** Names of tensors whose values are left out. */
  readonly redact: readonly string[];
  /** Most bytes of values in a line. */
  readonly maxBytes: number;
}

/** Metrics of what happens beside requests, each emitted with the log line of its event. */
export const EVENT_METRICS = {
  /** Looks at a pointer that did not end with the model it names; the one before serves on. */
  modelSwitchFailures: { name: 'ModelSwitchFailures', unit: 'Count' },
  /** Requests refused because preprocessing and model are not of one pair. */
  pairMismatches: { name: 'PairMismatches', unit: 'Count' },
} as const;
