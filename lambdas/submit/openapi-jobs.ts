import type { openApiDocument } from '../predict/openapi/document';
import { object, ref, type Schema } from '../predict/openapi/schema';
import { HEADERS, JOB_HEADERS, JOB_ROUTES, JOB_STATES, type JobOperation } from '../shared/contract';

type Document = ReturnType<typeof openApiDocument>;

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const integer = { type: 'integer' };

interface JobOperationText {
  readonly summary: string;
  /** By status. */
  readonly answers: Readonly<Record<number, Schema>>;
  readonly errors: readonly number[];
}

const OPERATIONS: Readonly<Record<JobOperation, JobOperationText>> = {
  listJobs: { summary: "The caller's jobs, newest first", answers: { 200: ref('Jobs') }, errors: [400] },
  getJob: {
    summary: 'A job: 202 while it may still end',
    answers: { 200: ref('Job'), 202: ref('Job') },
    errors: [404, 410],
  },
  cancelJob: { summary: 'Cancel a job that waits', answers: { 200: ref('Job') }, errors: [404, 409, 410] },
  retryJob: {
    summary: 'Try a job again that ended without a result',
    answers: { 202: ref('Job') },
    errors: [404, 409, 410],
  },
  createUpload: { summary: 'A link for one large body', answers: { 201: ref('Upload') }, errors: [400, 413] },
};

const ANSWERS: Readonly<Record<number, string>> = {
  200: 'Success',
  201: 'PUT the body there',
  202: 'Accepted: look again after the time in `Retry-After`',
  400: 'The request is wrong; `field` says where',
  404: 'There is no such job of this caller',
  409: 'Not possible in the state the job is in',
  410: 'The job is no longer kept',
  413: 'Larger than uploads may be',
  422: 'The Idempotency-Key was used for another request',
};

const PARAMETERS: Readonly<Partial<Record<JobOperation, readonly object[]>>> = {
  listJobs: [
    { name: 'state', in: 'query', schema: { enum: JOB_STATES } },
    { name: 'limit', in: 'query', schema: { ...integer, minimum: 1, maximum: 100 } },
    { name: 'before', in: 'query', description: 'Epoch milliseconds: `next` of the page before', schema: integer },
  ],
};

const SUBMIT_HEADERS = [
  [JOB_HEADERS.prefer, 'wait=N: the result itself, if it is there within N seconds'],
  [JOB_HEADERS.idempotencyKey, 'The same key and body is the same job'],
  [JOB_HEADERS.upload, 'Id of an upload that is the body'],
  [JOB_HEADERS.group, 'Group in a FIFO queue'],
].map(([name, description]) => ({ name, in: 'header', description, schema: text }));

/** The document of a service whose predictions are jobs. */
export function withJobs(document: Document) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [path, methods] of Object.entries(document.paths)) {
    paths[path] = Object.fromEntries(
      Object.entries(methods).map(([method, is]) => [method, submitted(path, is as Is)]),
    );
  }
  for (const { method, operation, path } of JOB_ROUTES) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, path) };
  }
  const { components } = document;
  return { ...document, paths, components: { ...components, schemas: { ...components.schemas, ...SCHEMAS } } };
}

interface Is {
  readonly parameters?: readonly object[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** A route that predicts may answer with a job. */
function submitted(path: string, is: Is): Is {
  if (!/\/(infer|predict)$/.test(path)) return is;
  return {
    ...is,
    parameters: [...(is.parameters ?? []), ...SUBMIT_HEADERS],
    responses: { ...is.responses, ...answers({ 202: ref('Job') }), ...answers({ 422: ref('Error') }) },
  };
}

function describe(operation: JobOperation, path: string) {
  const { answers: successes, errors, summary } = OPERATIONS[operation];
  const job = { name: 'job', in: 'path', required: true, schema: { ...text, pattern: '^[0-9a-f]{32}$' } };
  const parameters = [...(path.includes('{job}') ? [job] : []), ...(PARAMETERS[operation] ?? [])];
  const refused = Object.fromEntries([...errors, 403, 429, 500, 503].map((status) => [status, ref('Error')]));
  return {
    operationId: operation,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(operation === 'createUpload' && {
      requestBody: { required: true, content: json(object({ bytes: { ...integer, minimum: 1 } })) },
    }),
    responses: answers({ ...successes, ...refused }),
  };
}

function answers(schemas: Readonly<Record<number, Schema>>) {
  const entries = Object.entries(schemas).map(([status, schema]) => {
    const headers = status === '202' ? { [HEADERS.retryAfter]: { schema: integer } } : undefined;
    return [
      status,
      { description: ANSWERS[Number(status)] ?? 'Not now, or not for this caller', headers, content: json(schema) },
    ];
  });
  return Object.fromEntries(entries);
}

function json(schema: Schema) {
  return { 'application/json': { schema } };
}

const ENTRY = {
  id: text,
  state: { enum: JOB_STATES },
  url: { type: 'string', format: 'uri' },
  accepted_at: time,
  ended_at: time,
};

const LINK = object(
  { url: text, expires_at: time, bytes: integer, content_type: text, inference_header_content_length: integer },
  ['url', 'bytes'],
);
const ERROR = object({ code: text, message: text, field: text, stage: text }, ['code', 'message']);
const MODEL = object({ name: text, version: text, revision: text });

const SCHEMAS: Readonly<Record<string, Schema>> = {
  Job: object(
    {
      ...ENTRY,
      model_name: text,
      model_version: text,
      attempts: integer,
      started_at: time,
      expires_at: time,
      result: { anyOf: [ref('InferResponse'), ref('Predictions'), {}] },
      result_ref: LINK,
      error: ERROR,
      first_stage: object({ model: MODEL, response: ref('InferResponse') }, ['model']),
      first_stage_error: object({ code: text, error: text }),
      models: { type: 'object', additionalProperties: ref('JobOfModel') },
    },
    ['id', 'state', 'url', 'accepted_at', 'expires_at'],
  ),
  JobOfModel: object(
    {
      state: ENTRY.state,
      model: MODEL,
      attempts: integer,
      started_at: time,
      ended_at: time,
      error: ERROR,
      response: ref('InferResponse'),
      response_ref: LINK,
    },
    ['state', 'attempts'],
  ),
  Jobs: object(
    { jobs: { type: 'array', items: object(ENTRY, ['id', 'state', 'url', 'accepted_at']) }, next: integer },
    ['jobs'],
  ),
  Upload: object({
    id: text,
    method: { const: 'PUT' },
    url: text,
    headers: { type: 'object' },
    expires_at: time,
    submit_headers: { type: 'object' },
  }),
};
