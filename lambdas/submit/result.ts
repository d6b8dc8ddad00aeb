import type { Content } from '../shared/http/response';
import type { Job, JobOutput } from '../shared/jobs/job';
import type { Front } from './service';

/** AWS Lambda answers up to 6 MB, in which JSON is a text whose quotes take two bytes each, and bytes are base64. */
const LARGEST_ANSWER = 2.9 * 1024 * 1024;

/** A result as the body of an answer; undefined where it is too large for one. */
export async function resultContent({ output }: Job, front: Front): Promise<Content | undefined> {
  const bytes = output && (await resultBytes(output, front));
  if (!bytes) return undefined;
  const { headerLength } = output;
  if (headerLength === undefined) return { body: Buffer.from(bytes).toString('utf8') };
  return { body: Buffer.from(bytes).toString('base64'), headerLength };
}

/** A result that is JSON and not too large. */
export async function resultText(output: JobOutput, front: Front): Promise<string | undefined> {
  if (output.headerLength !== undefined) return undefined;
  const bytes = await resultBytes(output, front);
  return bytes && Buffer.from(bytes).toString('utf8');
}

async function resultBytes({ inline, ref }: JobOutput, { payloads }: Front): Promise<Uint8Array | undefined> {
  if (inline) return inline;
  return ref && ref.bytes <= LARGEST_ANSWER ? payloads.get(ref) : undefined;
}

/** Where the result lies, for those whose job it is. */
export async function resultReference({ headerLength, ref }: JobOutput, { payloads }: Front) {
  if (!ref) return undefined;
  const { expiresAt, url } = await payloads.linkToGet(ref);
  return {
    url,
    expires_at: new Date(expiresAt).toISOString(),
    bytes: ref.bytes,
    content_type: headerLength === undefined ? 'application/json' : 'application/octet-stream',
    inference_header_content_length: headerLength,
  };
}
