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
  /** Bucket of what goes between the steps of a graph by reference; none where the predictor is in no graph. */
  graphBucket: 'SERVING_GRAPH_BUCKET',
  /** ARN of the predictor that this function asks; a worker without one has the model itself. */
  predictor: 'SERVING_PREDICTOR',
  /** Which payloads are logged: JSON `PayloadLogSettings`. None where it is not set. */
  payloadLog: 'SERVING_PAYLOAD_LOG',
  /** Which tokens an authorizer lets through: JSON `JwtSettings`. */
  jwt: 'SERVING_JWT',
} as const;

/**
 * From 1.29 on ONNX Runtime reports names, hashes and times of models to its maker, unless this is set before it loads.
 * Without it the first session is also made some 25 ms sooner.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' } as const;
