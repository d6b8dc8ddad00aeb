import type { ModelManifest } from '../contract';
import { quote, ServingError } from '../errors';

/** A parsed JSON body. */
export interface JsonBody {
  readonly value: unknown;
  /** The same body with numbers of 16 digits and more as text; differs from `value` only where asked for. */
  readonly exact: unknown;
}

/**
 * Parses a body. `exactIntegers` keeps digits that a JavaScript number would round away; it costs a second parse,
 * and only where such digits occur.
 */
export function parseJson(text: string, exactIntegers: boolean): JsonBody {
  if (text.trim() === '') throw new ServingError('MALFORMED_JSON', 'the body is empty');
  let source = text;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    // Python writes NaN and Infinity as they are. Read as what JSON has for them they are legal where those values are,
    // and get an error that names their place elsewhere.
    source = replaceTokens(text, (token) => NON_FINITE.get(token));
    try {
      value = JSON.parse(source);
    } catch {
      throw new ServingError('MALFORMED_JSON', `the body is not valid JSON: ${(error as Error).message}`);
    }
  }
  if (!exactIntegers || !LONG_DIGITS.test(source)) return { value, exact: value };
  return { value, exact: JSON.parse(replaceTokens(source, quoteLong)) };
}

/** Whether a body for this model may hold integers beyond what a JavaScript number keeps. */
export function hasInt64(manifest: ModelManifest): boolean {
  return manifest.inputs.some(({ datatype }) => datatype === 'INT64' || datatype === 'UINT64');
}

const NON_FINITE = new Map([
  ['NaN', 'null'],
  ['Infinity', '1e999'],
  ['-Infinity', '-1e999'],
]);
const LONG_DIGITS = /[\d.]{16}/;
/** Long numbers that are whole, or have a fraction that rounding could take away. */
const LONG_NUMBER = /^-?(?=[\d.]{16})\d+(?:\.\d*[1-9]0*|(?:\.\d+)?[eE].*)?$/;

function quoteLong(token: string): string | undefined {
  return LONG_NUMBER.test(token) ? `"${token}"` : undefined;
}

/** Everything a number or a bare word is made of; what stands between two of them is punctuation. */
const TOKEN = /[-+.\w]+/y;

/** Puts something else in the place of bare tokens of a JSON text. Strings stay as they are. */
function replaceTokens(text: string, replace: (token: string) => string | undefined): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) {
      at++;
      continue;
    }
    const replacement = replace(token);
    if (replacement !== undefined) {
      parts.push(text.slice(copied, at), replacement);
      copied = at + token.length;
    }
    at += token.length;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

/** Index behind the closing quotation mark of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote;
  }
}

export function asObject(value: unknown, what: string, field: string | undefined): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ServingError('INVALID_REQUEST', `${what} must be a JSON object, got ${quote(value)}`, { field });
}
