const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})/;

/** The W3C trace context of this hop: a child of the caller's, or the first of a new trace. */
export function childTraceparent(parent: string | undefined): string {
  const match = parent === undefined ? null : TRACEPARENT.exec(parent);
  return `00-${match?.[1] ?? randomHex(32)}-${randomHex(16)}-${flagsOf(match?.[2])}`;
}

/** Digits that differ, not secret ones, as OpenTelemetry makes them: those would load the Web Crypto API at a cold start. */
function randomHex(digits: 16 | 32): string {
  let hex = '';
  while (hex.length < digits) hex += ((Math.random() * 2 ** 32) >>> 0).toString(16).padStart(8, '0');
  // All zeros is no id.
  return /[^0]/.test(hex) ? hex : randomHex(digits);
}

/** The flags that W3C has defined (sampled, random); others are to be sent as zero. */
function flagsOf(flags = '00'): string {
  return `0${Number.parseInt(flags, 16) & 0b11}`;
}
