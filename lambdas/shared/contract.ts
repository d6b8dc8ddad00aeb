/**
 * What both sides of a deployment agree on: the constructs in `lib/` write it, the handlers in `lambdas/` read it.
 * It is the only file of `lambdas/` that `lib/` may import.
 */

export * from './contract-jobs';

/** Version of the messages below. A handler reads its own version and the one before. */
export const CONTRACT_VERSION = 1;

// --- Tensors (Open Inference Protocol, KServe V2) --------------------------------------------------------------------

/** Datatype names of the Open Inference Protocol that ONNX Runtime for Node carries. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof DATATYPES)[number];

/** The signature of one tensor. `-1` is a dimension that may vary; the first one is the batch. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** One input as the card describes it. */
export interface InputSpec extends TensorSpec {
  /** Column names, for tabular models. */
  readonly features?: readonly string[];
  /** What every value must lie between; another one is refused. */
  readonly minimum?: number;
  readonly maximum?: number;
  /**
   * Whether NaN and infinities are legal values: in JSON `"NaN"` or `null` (a missing value), `"Infinity"` and
   * `"-Infinity"`. Default: refused.
   */
  readonly allowNaN?: boolean;
}

/** One output as the card describes it. */
export interface OutputSpec extends TensorSpec {
  /**
   * Class names: index i of the last dimension (or integer value i) means `labels[i]`. In predictions by row an
   * integer output gets `<name>_name` beside it.
   */
  readonly labels?: readonly string[];
}

/** How pixels become the input tensor of an image model. */
export interface ImageSpec {
  /** Name of the input tensor the pixels go to. */
  readonly input: string;
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (RGB). */
  readonly channels: number;
  /** Each 0..255 pixel value is multiplied by this. */
  readonly scale: number;
  readonly layout: 'NCHW' | 'NHWC';
}

/** A tensor on the wire: `data` as JSON (flat or nested), or `raw` as base64 of little-endian bytes. */
export interface WireTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
  readonly raw?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Body of an inference request. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs: readonly WireTensor[];
  readonly outputs?: readonly { readonly name: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
}

/** Body of an inference response. */
export interface InferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly outputs: readonly WireTensor[];
}

// --- The predictor contract: what one function says to another --------------------------------------------------------

/** A request to a predictor, by direct invoke or from a workflow. Only fronts set `principal` and `requestRef`. */
export interface PredictorRequest {
  readonly v: typeof CONTRACT_VERSION;
  readonly requestId: string;
  readonly traceparent?: string;
  /** Moment (epoch milliseconds) after which nobody waits for the answer. */
  readonly deadlineMs: number;
  readonly principal?: string;
  /** What the caller expects; another name or version is refused. */
  readonly model?: { readonly name?: string; readonly version?: string };
  readonly request?: InferRequest;
  /** Claim check: the request's body as an object in the payload store (the bucket is the callee's own). */
  readonly requestRef?: { readonly key: string; readonly sha256: string; readonly bytes: number };
}

export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  /** Changes whenever any answer could. */
  readonly revision: string;
}

/** What one step of an answer did. Times are epoch milliseconds. */
export interface StageReport {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Bytes of the tensors that went in and came out. */
  readonly bytes: number;
  readonly status: number;
}

export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  /** The field of the request that is wrong, as a path: `inputs[0].shape`. */
  readonly field?: string;
  /** The step of a composed predictor that failed. */
  readonly stage?: string;
  readonly retryAfterMs?: number;
}

export interface PredictorSuccess {
  readonly v: typeof CONTRACT_VERSION;
  readonly status: 200;
  readonly model: ModelIdentity;
  readonly response: InferResponse;
  readonly stages: readonly StageReport[];
}

/** A failure that must not be retried is returned; one that may be is thrown. */
export interface PredictorFailure {
  readonly v: typeof CONTRACT_VERSION;
  readonly status: number;
  readonly model?: ModelIdentity;
  readonly error: ErrorBody;
}

export type PredictorAnswer = PredictorSuccess | PredictorFailure;

// --- Errors -------------------------------------------------------------------------------------------------------------

/** Every `code` of an error body and the HTTP status it comes with. Codes are stable; messages are not. */
export const ERROR_STATUS = {
  MALFORMED_JSON: 400,
  INVALID_REQUEST: 400,
  UNKNOWN_TENSOR: 400,
  MISSING_TENSOR: 400,
  INVALID_SHAPE: 400,
  INVALID_DATATYPE: 400,
  INVALID_VALUE: 400,
  INVALID_IMAGE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  MODEL_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  /** Not possible in the state the job is in. */
  CONFLICT: 409,
  /** The job was there, and is past its retention. */
  GONE: 410,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  /** The idempotency key was used for another request. */
  IDEMPOTENCY_MISMATCH: 422,
  THROTTLED: 429,
  QUOTA_EXCEEDED: 429,
  INTERNAL: 500,
  /** Every try of a job failed; its message is in the dead-letter queue. */
  ATTEMPTS_EXHAUSTED: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  MODEL_NOT_READY: 503,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/**
 * Codes that a predictor throws instead of returning when it is invoked directly: another try may succeed. The code is
 * the error's name, which is what a workflow's retry matches.
 */
export const RETRYABLE_CODES: readonly ErrorCode[] = ['MODEL_NOT_READY', 'UNAVAILABLE'];

/** The body of every HTTP error, whoever makes it (handler or gateway). */
export interface HttpErrorBody {
  readonly error: string;
  readonly code: ErrorCode;
  readonly field?: string;
  readonly stage?: string;
  readonly requestId: string;
}

// --- HTTP ---------------------------------------------------------------------------------------------------------------

/** What a route does. The gateway creates one method per entry and the handler dispatches on it. */
export const ROUTES = [
  { method: 'GET', path: '/v2', operation: 'serverMetadata' },
  { method: 'GET', path: '/v2/health/live', operation: 'serverLive' },
  { method: 'GET', path: '/v2/health/ready', operation: 'serverReady' },
  { method: 'GET', path: '/v2/models/{model}', operation: 'modelMetadata' },
  { method: 'GET', path: '/v2/models/{model}/ready', operation: 'modelReady' },
  { method: 'POST', path: '/v2/models/{model}/infer', operation: 'infer' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}', operation: 'modelMetadata' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}/ready', operation: 'modelReady' },
  { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer', operation: 'infer' },
  { method: 'POST', path: '/predict', operation: 'predictRows' },
  { method: 'GET', path: '/openapi.json', operation: 'openApi' },
] as const;
export type Operation = (typeof ROUTES)[number]['operation'];

export const HEADERS = {
  requestId: 'x-request-id',
  modelName: 'x-model-name',
  modelVersion: 'x-model-version',
  traceparent: 'traceparent',
  retryAfter: 'retry-after',
  inferenceHeaderLength: 'inference-header-content-length',
} as const;

/**
 * Media types the gateway hands over as bytes: all. Clients of the protocol often name none for tensors (which counts
 * as JSON), and what is not in this list is read as UTF-8, which destroys them.
 */
export const BINARY_MEDIA_TYPES = ['*/*'] as const;

// --- Environment of the functions ---------------------------------------------------------------------------------------

/** Names of the environment variables that constructs set and `handler.ts` files read. */
export const ENV = {
  /** Name of the service, as in logs and metrics. */
  service: 'SERVING_SERVICE',
  /** Folder of the model manifest, relative to the handler. */
  modelDir: 'SERVING_MODEL_DIR',
  /** Longest time to an answer in milliseconds, counted from the arrival at the gateway. */
  deadlineMs: 'SERVING_DEADLINE_MS',
  /** Largest request body in bytes. */
  maxBodyBytes: 'SERVING_MAX_BODY_BYTES',
  /** Origin that browsers may call from, for the answers' `access-control-allow-origin`. */
  corsOrigin: 'SERVING_CORS_ORIGIN',
  /** Bucket of a model that is loaded from S3. */
  modelBucket: 'SERVING_MODEL_BUCKET',
  /** Key of the model object. */
  modelKey: 'SERVING_MODEL_KEY',
  /** Key of the pointer object: JSON `ModelPointer`. */
  modelPointerKey: 'SERVING_MODEL_POINTER_KEY',
  /** Milliseconds between two looks at the pointer. */
  modelCheckMs: 'SERVING_MODEL_CHECK_MS',
  /** Settings for AWS SDK clients as a JSON object (`{"forcePathStyle": true}`). Only the local target sets it. */
  clientOptions: 'SERVING_CLIENT_OPTIONS',
  /** Which payloads are logged: JSON `PayloadLogSettings`. None where it is not set. */
  payloadLog: 'SERVING_PAYLOAD_LOG',
  /** Which tokens an authorizer lets through: JSON `JwtSettings`. */
  jwt: 'SERVING_JWT',
} as const;

// --- Tokens of callers --------------------------------------------------------------------------------------------------

/** Which tokens are let through. */
export interface JwtSettings {
  readonly issuer: string;
  /** The token is made for one of these. */
  readonly audience: readonly string[];
  /** Where the issuer publishes its keys. */
  readonly jwksUri: string;
  /** The token allows one of these; nothing is asked where there is none. */
  readonly scopes: readonly string[];
  readonly leewaySeconds: number;
}

/**
 * Where keys may be fetched from. Whoever can change them on the way can make tokens, so it is https; http reaches only
 * servers on the machine itself, of which a function on AWS has none.
 */
export const KEYS_URL = /^(https:\/\/[^\s/?#@]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(\/[^\s#]*)?$/;

/**
 * From 1.29 on ONNX Runtime reports names, hashes and times of models to its maker, unless this is set before it loads.
 * Without it the first session is also made some 25 ms sooner.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' } as const;

// --- The model beside the handler ---------------------------------------------------------------------------------------

/** Folder in the function's code that holds the manifest, and the model where it ships with the code. */
export const MODEL_DIR = 'model';
export const MANIFEST_FILE = 'manifest.json';
export const MODEL_FILE = 'model.onnx';
/** Weights of a large model, which its graph beside it refers to. */
export const WEIGHTS_FILE = 'model.weights';
export const GOLDEN_FILE = 'golden.json';

/** The user's code around the model, each in a folder of its name beside the manifest. */
export const HOOKS = ['preprocess', 'postprocess'] as const;
export type HookName = (typeof HOOKS)[number];
export const HOOK_FILE = 'index.mjs';

/** What the function knows of its model; written at synth from the model card. */
export interface ModelManifest {
  readonly v: typeof CONTRACT_VERSION;
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  /** `asset`: `model.onnx` beside this file; `object`: the S3 object of the environment; `pointer`: what the S3 pointer says. */
  readonly source: 'asset' | 'object' | 'pointer';
  /** Hex SHA-256 of the card's model; for `pointer` the one that golden.json belongs to: the pointer carries its own. */
  readonly sha256?: string;
  /** Where an asset's weights lie apart from its graph (`model.onnx`): hex SHA-256 of both files by name. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly description: string;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  readonly image?: ImageSpec;
  /** The hooks of `POST /predict` that there are. */
  readonly hooks?: readonly HookName[];
}

/** JSON object in S3 that names the current model. Written last in a release, so that what it names exists. */
export interface ModelPointer {
  readonly key: string;
  readonly sha256: string;
  readonly version: string;
  /** Object with the model's golden cases (`Golden`), which it must pass wherever it is loaded. */
  readonly golden?: { readonly key: string; readonly sha256: string };
}

/** Inputs with the outputs they must give: the self-test of a release, and of a model loaded by pointer. */
export interface Golden {
  /** Largest absolute difference of a floating-point output. */
  readonly tolerance: number;
  readonly cases: readonly {
    readonly name: string;
    readonly inputs: readonly WireTensor[];
    readonly outputs: readonly WireTensor[];
  }[];
}

// --- Telemetry ----------------------------------------------------------------------------------------------------------

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
} as const;
