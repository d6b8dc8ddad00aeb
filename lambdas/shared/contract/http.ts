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
  cacheControl: 'cache-control',
  /** Why the answer is not the predictor's own: a `FallbackReason`. */
  fallback: 'x-fallback',
  inferenceHeaderLength: 'inference-header-content-length',
  /** Steps that a graph has answered without, because they failed. */
  partial: 'x-partial',
} as const;

/**
 * Media types the gateway hands over as bytes: all. Clients of the protocol often name none for tensors (which counts
 * as JSON), and what is not in this list is read as UTF-8, which destroys them.
 */
export const BINARY_MEDIA_TYPES = ['*/*'] as const;
