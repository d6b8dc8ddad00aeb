import { HEADERS, type ModelManifest, type Operation, ROUTES } from '../../shared/contract';
import type { Hooks } from '../../shared/hooks/load-hooks';
import { IMAGE_TYPES } from '../../shared/protocol/image';
import { ref, type Schema } from './schema';
import { schemasOf } from './schemas';

interface OperationText {
  readonly summary: string;
  readonly answer: Schema;
  /** Statuses of errors beside those that every route has. */
  readonly errors: readonly number[];
}

const OPERATIONS: Readonly<Record<Operation, OperationText>> = {
  serverMetadata: { summary: 'What this server is', answer: ref('ServerMetadata'), errors: [] },
  serverLive: { summary: 'Whether the function answers', answer: ref('Live'), errors: [] },
  serverReady: { summary: 'Whether it can predict', answer: ref('Ready'), errors: [] },
  modelMetadata: { summary: 'Signature of the model', answer: ref('ModelMetadata'), errors: [404] },
  modelReady: { summary: 'Whether the model is loaded', answer: ref('Ready'), errors: [404] },
  infer: {
    summary: 'Predict, by the Open Inference Protocol',
    answer: ref('InferResponse'),
    errors: [400, 404, 413, 415, 501, 504],
  },
  predictRows: { summary: 'Predict row by row', answer: ref('Predictions'), errors: [400, 413, 415, 504] },
  openApi: { summary: 'This document', answer: { type: 'object' }, errors: [] },
};

const REASONS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; `field` says where',
  403: 'The caller may not do this',
  404: 'There is no such model or version here',
  413: 'The body is too large',
  415: 'The media type or content encoding is not supported',
  429: 'More requests than this service allows',
  500: 'The service failed',
  501: 'What the request asks for is not supported',
  503: 'Not now; try again after the time in `Retry-After`',
  504: 'The deadline passed before an answer was there',
};
const EVERYWHERE = [403, 429, 500, 503];

/** The routes of the contract with the tensors of this model, as an OpenAPI 3.1 document. */
export function openApiDocument(manifest: ModelManifest, serverVersion: string, hooks: Hooks = {}) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, operation, path } of ROUTES) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, path, manifest, hooks) };
  }
  return {
    openapi: '3.1.0',
    info: { title: manifest.name, version: manifest.version, description: manifest.description },
    // Relative to this document, so that it holds behind every host and stage.
    servers: [{ url: '.' }],
    'x-server': `cdk-ml-serving/${serverVersion}`,
    paths,
    components: { schemas: schemasOf(manifest), headers: HEADER_OBJECTS },
  };
}

function describe(operation: Operation, path: string, manifest: ModelManifest, hooks: Hooks) {
  const { answer, errors, summary } = OPERATIONS[operation];
  const own = operation === 'predictRows' ? hooks : {};
  const versioned = path.includes('{version}');
  const parameters = [
    ...(path.includes('{model}') ? [pathParameter('model', { const: manifest.name })] : []),
    ...(versioned ? [pathParameter('version', { type: 'string' })] : []),
    ...(operation === 'infer' ? [HEADER_LENGTH_PARAMETER] : []),
  ];
  return {
    operationId: versioned ? `${operation}OfVersion` : operation,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...bodyOf(operation, manifest, own),
    responses: {
      200: {
        description: 'Success',
        headers: HEADER_REFS,
        content: answerContent(operation, own.postprocess ? {} : answer),
      },
      ...Object.fromEntries([...errors, ...EVERYWHERE].map((status) => [status, errorResponse(status, operation)])),
    },
  };
}

const pathParameter = (name: string, schema: Schema) => ({ name, in: 'path', required: true, schema });

const bytes = { schema: {} };

function bodyOf(operation: Operation, { image }: ModelManifest, { preprocess }: Hooks) {
  if (operation !== 'infer' && operation !== 'predictRows') return {};
  if (preprocess) {
    return {
      requestBody: { required: true, content: Object.fromEntries(preprocess.mediaTypes.map((type) => [type, bytes])) },
    };
  }
  const images = image ? Object.fromEntries(IMAGE_TYPES.map((type) => [type, bytes])) : {};
  const json = { schema: ref(operation === 'infer' ? 'InferRequest' : 'Rows') };
  const binary = operation === 'infer' ? { 'application/octet-stream': bytes } : {};
  return { requestBody: { required: true, content: { 'application/json': json, ...binary, ...images } } };
}

function answerContent(operation: Operation, answer: Schema) {
  const json = { 'application/json': { schema: answer } };
  return operation === 'infer' ? { ...json, 'application/octet-stream': bytes } : json;
}

function errorResponse(status: number, operation: Operation) {
  // Readiness answers 503 with its own body.
  const notReady = status === 503 && (operation === 'serverReady' || operation === 'modelReady');
  const schema = notReady ? { anyOf: [ref('Ready'), ref('Error')] } : ref('Error');
  return { description: REASONS[status] ?? '', headers: HEADER_REFS, content: { 'application/json': { schema } } };
}

const HEADER_LENGTH_PARAMETER = {
  name: HEADERS.inferenceHeaderLength,
  in: 'header',
  description: 'Length of the JSON, where binary tensors follow it',
  schema: { type: 'integer', minimum: 0 },
};

const header = (description: string) => ({ description, schema: { type: 'string' } });
const HEADER_OBJECTS = {
  [HEADERS.requestId]: header('Id of this request in the logs'),
  [HEADERS.modelName]: header('Who answered'),
  [HEADERS.modelVersion]: header('Which version of it'),
};
const HEADER_REFS = Object.fromEntries(
  Object.keys(HEADER_OBJECTS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);
