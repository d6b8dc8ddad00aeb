import { codecOf, expectedOf } from '../predict/http-prediction';
import { checkExpected } from '../predict/resolve-model';
import { HEADERS, JOB_HEADERS } from '../shared/contract';
import { ServingError } from '../shared/errors';
import type { HttpRequest } from '../shared/http/answer';
import { principalOf } from '../shared/http/principal';
import { bodyBytes, checkBodySize, checkContentEncoding, headerOf, receivedMsOf } from '../shared/http/request';
import type { JobRequest } from '../shared/jobs/accept';
import type { Job } from '../shared/jobs/job';
import { checkIdempotencyKey, digest, isJobId, ownerOf } from '../shared/jobs/job-id';
import type { Inference } from '../shared/protocol/tensor';
import { identityOf } from '../shared/session/model-store';
import type { Front } from './service';

/** Headers that say how a body is read, and how its answer is written. */
const BODY_HEADERS = ['content-type', 'accept', HEADERS.inferenceHeaderLength] as const;

/**
 * What a request asks for, checked as a synchronous service would: what the model cannot take is refused now and not by a
 * job that fails. An upload is too large for that, and is read by the worker alone.
 */
export async function jobRequestOf(
  operation: 'infer' | 'predictRows',
  request: HttpRequest,
  front: Front,
): Promise<{ readonly jobRequest: JobRequest; readonly inference?: Inference }> {
  const { event, requestId, traceparent } = request;
  const { manifest } = front;
  const expects = expectedOf(event);
  checkExpected(expects, manifest);
  checkContentEncoding(event);
  const owner = ownerOf(principalOf(event));
  const idempotencyKey = checkIdempotencyKey(headerOf(event, JOB_HEADERS.idempotencyKey));
  const headers = Object.fromEntries(BODY_HEADERS.flatMap((name) => pairOf(name, headerOf(event, name))));
  const group = checkGroup(headerOf(event, JOB_HEADERS.group));
  const upload = headerOf(event, JOB_HEADERS.upload);
  const common = { owner, requestId, traceparent, expects, idempotencyKey, group, model: manifest.name };
  const input = { operation, headers };
  const said = JSON.stringify([operation, expects, headers]);
  if (upload !== undefined) {
    if (event.body) {
      throw new ServingError('INVALID_REQUEST', `with ${JOB_HEADERS.upload} there is no body`, { field: 'body' });
    }
    const body = await uploaded(upload, owner, front);
    return { jobRequest: { ...common, input, body, hash: digest(`${said}\0${body.key}`) } };
  }
  checkBodySize(event, front.env.maxBodyBytes);
  const inference = await decodeHere(operation, request, front);
  const body = bodyBytes(event);
  const hash = digest(Buffer.concat([Buffer.from(`${said}\0`), body]));
  return { jobRequest: { ...common, input, body, hash }, inference };
}

/** What only a hook can read is read by the worker, which has it. */
async function decodeHere(
  operation: 'infer' | 'predictRows',
  { event, requestId }: HttpRequest,
  { env, manifest }: Front,
): Promise<Inference | undefined> {
  if (operation === 'predictRows' && manifest.hooks?.includes('preprocess')) return undefined;
  const call = { deadlineMs: receivedMsOf(event) + env.deadlineMs, requestId };
  return codecOf(operation, event, call).decode({ identity: identityOf(manifest), manifest });
}

function pairOf(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** Where a caller's uploads lie: nobody can name another's. */
export function uploadKey(owner: string, id: string): string {
  return `uploads/${owner}/${id}`;
}

async function uploaded(
  id: string,
  owner: string,
  { env, payloads }: Front,
): Promise<NonNullable<Job['input']['ref']>> {
  const field = JOB_HEADERS.upload;
  // What is no id is nobody's upload, and never part of a key.
  const key = uploadKey(owner, isJobId(id) ? id : 'none');
  const bytes = await payloads.sizeOf(key);
  if (bytes === undefined) {
    throw new ServingError('NOT_FOUND', 'there is no such upload, or nothing was put there yet', { field });
  }
  if (bytes <= env.maxUploadBytes) return { key, bytes };
  throw new ServingError(
    'PAYLOAD_TOO_LARGE',
    `an upload may have up to ${env.maxUploadBytes} bytes, this has ${bytes}`,
    {
      field,
    },
  );
}

function checkGroup(group: string | undefined): string | undefined {
  if (group === undefined || /^[!-~]{1,128}$/.test(group)) return group;
  const message = `${JOB_HEADERS.group} must be 1 to 128 printable ASCII characters without spaces`;
  throw new ServingError('INVALID_REQUEST', message, { field: JOB_HEADERS.group });
}
