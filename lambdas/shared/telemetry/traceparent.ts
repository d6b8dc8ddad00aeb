const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})/;

/** The W3C trace context of this hop: a child of the caller's, or the first of a new trace. */
export function childTraceparent(parent: string | undefined): string {
  const match = parent === undefined ? null : TRACEPARENT.exec(parent);
  return `00-${match?.[1] ?? randomHex(16)}-${randomHex(8)}-${flagsOf(match?.[2])}`;
}

const RANDOM = Buffer.alloc(16);

/** Digits that differ, not secret ones, as OpenTelemetry makes them: those would load the Web Crypto API at a cold start. */
function randomHex(bytes: 8 | 16): string {
  for (let i = 0; i < bytes; i += 4) RANDOM.writeUInt32LE((Math.random() * 2 ** 32) >>> 0, i);
  // All zeros is no id.
  RANDOM[0] = (RANDOM[0] as number) | 1;
  return RANDOM.toString('hex', 0, bytes);
}

/** The flags that W3C has defined (sampled, random); others are to be sent as zero. */
function flagsOf(flags = '00'): string {
  return `0${Number.parseInt(flags, 16) & 0b11}`;
}
