import { quote, ServingError } from '../errors';
import { asObject } from './json-text';

type Parameters = Readonly<Record<string, unknown>>;
type Wire = Readonly<Record<string, unknown>>;

/** What clients of Triton may ask for and no answer of ours would be: better refused than ignored. */
const NOT_HERE = ['classification', 'shared_memory_region'];

/** The `parameters` of a request, an input or an output. Those that nobody here knows are the protocol's to ignore. */
export function parametersOf({ parameters }: Wire, field: string): Parameters {
  if (parameters === undefined) return {};
  const known = asObject(parameters, field, field);
  for (const name of NOT_HERE) {
    if (!Object.hasOwn(known, name) || known[name] === 0) continue;
    throw new ServingError('NOT_IMPLEMENTED', `${name} is not supported`, { field: `${field}.${name}` });
  }
  return known;
}

/** A parameter that is true or false; undefined where it is not given. */
export function flagOf(parameters: Parameters, name: string, field: string): boolean | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  const message = `${name} must be true or false, got ${quote(value)}`;
  throw new ServingError('INVALID_REQUEST', message, { field: `${field}.${name}` });
}

/** A parameter that is a number of bytes; undefined where it is not given. */
export function bytesOf(parameters: Parameters, name: string, field: string): number | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0))
    return value as number | undefined;
  const message = `${name} must be a whole number of bytes, got ${quote(value)}`;
  throw new ServingError('INVALID_REQUEST', message, { field: `${field}.${name}` });
}
