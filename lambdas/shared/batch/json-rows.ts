import type { InputSpec } from '../contract';
import { quote, ServingError } from '../errors';
import { hasInt64, parseJson } from '../protocol/json-text';
import type { RowValues } from './cell-values';
import type { ReadRecords, RowFormat } from './text-rows';

const BYTE_ORDER_MARK = 0xfeff;

type JsonRow = Readonly<Record<string, unknown>>;

/**
 * Lines of a JSONL file as rows: objects by feature, by input, or a list of all values for a model of one input. What is for
 * hooks only they can read.
 */
export function jsonRecords({ manifest, settings }: RowFormat): ReadRecords {
  const { bodies, idColumn, joinColumns } = settings;
  const inputs = bodies ? [] : manifest.inputs;
  const exactly = hasInt64(manifest) || idColumn !== undefined || joinColumns !== undefined;
  return (_, textOf) => (start, end, place) => {
    const record = textOf(start, end);
    const text = record.charCodeAt(0) === BYTE_ORDER_MARK ? record.slice(1) : record;
    const { exact, value } = parseJson(text, exactly);
    const values = inputs.map((spec) => {
      const row = spec.datatype.endsWith('INT64') ? exact : value;
      if (Array.isArray(row) && inputs.length === 1) return asFlat(row);
      return valuesOf(objectOf(row), spec);
    });
    return {
      ...place,
      id: idColumn === undefined ? `${place.row}` : idOf(objectOf(value), objectOf(exact), idColumn),
      values,
      joined: joinColumns && joinedText(text, { value, exact }, joinColumns),
      body: bodies ? text : undefined,
    };
  };
}

function objectOf(row: unknown): JsonRow {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as JsonRow;
  throw new ServingError('INVALID_REQUEST', `a row must be a JSON object, got ${quote(row)}`);
}

function valuesOf(row: JsonRow, { features = [], name }: InputSpec): RowValues {
  if (Object.hasOwn(row, name)) {
    const value = row[name];
    return Array.isArray(value) ? asFlat(value) : [value];
  }
  if (features.length === 0) throw missing(name);
  const absent = features.find((feature) => !Object.hasOwn(row, feature));
  if (absent !== undefined) throw missing(absent);
  return features.map((feature) => row[feature]);
}

function missing(field: string): ServingError {
  return new ServingError('MISSING_TENSOR', `${JSON.stringify(field)} is missing`, { field });
}

/** As JSON. A number keeps its digits, also those that JavaScript would round away. */
function idOf(row: JsonRow, exact: JsonRow, field: string): string {
  const id = row[field];
  if (typeof id === 'number' || (typeof id === 'string' && id !== '')) return exactText(id, exact[field]);
  const got = id === undefined ? 'none' : quote(id);
  throw new ServingError('INVALID_VALUE', `the id must be a number or a text, got ${got}`, { field });
}

function joinedText(
  text: string,
  { exact, value }: { readonly exact: unknown; readonly value: unknown },
  columns: readonly string[],
): string {
  if (columns.includes('*')) return text.trim();
  const [row, digits] = [objectOf(value), objectOf(exact)];
  return memberText(columns.map((name) => [name, exactText(row[name] ?? null, digits[name])]));
}

/** As JSON, in which numbers keep their digits. */
function exactText(value: unknown, exact: unknown): string {
  if (typeof value === 'number' && typeof exact === 'string') return exact;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((each, at) => exactText(each, (exact as unknown[])[at])).join(',')}]`;
  return memberText(Object.entries(value).map(([name, each]) => [name, exactText(each, (exact as JsonRow)[name])]));
}

const memberText = (members: readonly (readonly [string, string])[]): string =>
  `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;

/** The values of lists within lists, in their order. */
export function asFlat(list: readonly unknown[]): RowValues {
  if (!Array.isArray(list[0])) return list;
  const flat: unknown[] = [];
  const add = (part: readonly unknown[]) => {
    for (const each of part) {
      if (Array.isArray(each)) add(each);
      else flat.push(each);
    }
  };
  add(list);
  return flat;
}
