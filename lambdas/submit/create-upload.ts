import { JOB_HEADERS } from '../shared/contract';
import { quote, ServingError } from '../shared/errors';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { principalOf } from '../shared/http/principal';
import { bodyText, checkBodySize } from '../shared/http/request';
import { newJobId, ownerOf } from '../shared/jobs/job-id';
import { asObject, parseJson } from '../shared/protocol/json-text';
import { uploadKey } from './job-request';
import type { Front } from './service';

const LARGEST_REQUEST = 1024;

/** A link for one body too large for the gateway: exactly so many bytes, to one key, for minutes. */
export async function createUpload({ event }: HttpRequest, { env, payloads }: Front): Promise<Outcome> {
  checkBodySize(event, LARGEST_REQUEST);
  const { bytes } = asObject(parseJson(bodyText(event), false).value, 'the body', undefined);
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new ServingError('INVALID_REQUEST', `bytes must be the size of the body, got ${quote(bytes)}`, {
      field: 'bytes',
    });
  }
  if (bytes > env.maxUploadBytes) {
    const message = `an upload may have up to ${env.maxUploadBytes} bytes, got ${bytes}`;
    throw new ServingError('PAYLOAD_TOO_LARGE', message, { field: 'bytes' });
  }
  const owner = ownerOf(principalOf(event));
  const id = newJobId(env.service, owner);
  const { expiresAt, url } = await payloads.linkToPut(uploadKey(owner, id), bytes);
  const body = {
    id,
    method: 'PUT',
    url,
    headers: { 'content-length': `${bytes}` },
    expires_at: new Date(expiresAt).toISOString(),
    /** Headers of the request whose body it is. */
    submit_headers: { [JOB_HEADERS.upload]: id },
  };
  return { status: 201, body: JSON.stringify(body) };
}
