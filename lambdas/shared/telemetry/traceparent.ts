const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})/;

/** The W3C trace context of this hop: a child of the caller's, or the first of a new trace. */
export function childTraceparent(parent: string | undefined): string {
  const match = parent === undefined ? null : TRACEPARENT.exec(parent);
  // A UUID has enough random digits, and Node makes them from a cache.
  const spanId = crypto.randomUUID().replaceAll('-', '').slice(16);
  const traceId = match?.[1] ?? crypto.randomUUID().replaceAll('-', '');
  return `00-${traceId}-${spanId}-${flagsOf(match?.[2])}`;
}

/** The flags that W3C has defined (sampled, random); others are to be sent as zero. */
function flagsOf(flags = '00'): string {
  return `0${Number.parseInt(flags, 16) & 0b11}`;
}
