import type { HttpBody } from '../http/request';
import type { Content } from '../http/response';
import type { Job, JobOutput } from './job';
import type { PayloadStore } from './payload-store';

/** What the client sent, as it sent it. */
export async function bodyOf({ input }: Job, payloads: PayloadStore): Promise<HttpBody> {
  const { headers, inline, ref } = input;
  const bytes = inline ?? (ref && (await payloads.get(ref))) ?? new Uint8Array();
  return { headers, body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true };
}

/** An answer as the row keeps it: in the row, or where it is large, or bytes, as an object. */
export async function storeContent(
  { body, headerLength }: Content,
  key: string,
  inlineBytes: number,
  payloads: PayloadStore,
): Promise<JobOutput> {
  const bytes = Buffer.from(body, headerLength === undefined ? 'utf8' : 'base64');
  if (headerLength === undefined && bytes.byteLength <= inlineBytes) return { inline: bytes };
  const type = headerLength === undefined ? 'application/json' : 'application/octet-stream';
  return { headerLength, ref: await payloads.put(key, bytes, type) };
}

/** Where a large answer lies: that of the job, or that of one of its models. */
export function outputKey({ generation, id, stage }: Job): string {
  return `jobs/${id}/${generation}/${stage === undefined ? 'output' : `models/${stage}`}`;
}
