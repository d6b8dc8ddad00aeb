const TIMEOUT_MS = 2_500;
const MAX_BYTES = 256 * 1024;

/** The keys cannot be had now, so no token can be checked. Another try may succeed. */
export class KeysUnavailable extends Error {}

/** The document at `url`, soon or never: a caller is waiting. */
export async function fetchKeys(url: string): Promise<ArrayBuffer> {
  try {
    // A redirect could lead to a place that is not https; an issuer's keys are where it says they are.
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const body = await response.arrayBuffer();
    if (body.byteLength > MAX_BYTES) throw new Error(`${body.byteLength} bytes`);
    return body;
  } catch (cause) {
    throw new KeysUnavailable(`the keys at ${url} cannot be fetched`, { cause });
  }
}
