import type { ErrorObject } from 'ajv';
import { dotted, type KeyPath } from './configuration-error';
import { servingSchema } from './schema';
import { closest, didYouMean } from './suggestion';
import type { JsonSchema } from './values';

/** Something wrong, and where. */
export interface Problem {
  readonly at: KeyPath;
  readonly message: string;
}

/**
 * What the validator found, in the words of the file: what is wrong, what was meant, what is allowed.
 *
 * @param content what was validated
 * @param base where it is in the file
 */
export function explainAll(errors: readonly ErrorObject[], content: unknown, base: KeyPath = []): Problem[] {
  // What fails by nature is not told: the branches of a choice, and the frame around what is wrong.
  const frames = ['if', 'propertyNames'];
  const told = errors.filter(({ keyword, schemaPath }) => !frames.includes(keyword) && !/\/oneOf\/\d/.test(schemaPath));
  return told.map((error) => {
    const { missingProperty, additionalProperty } = error.params;
    const key: string | undefined = missingProperty ?? additionalProperty ?? error.propertyName;
    const around = [...base, ...keysOf(error.instancePath, content)];
    const at = key === undefined ? around : [...around, key];
    return { at, message: `${dotted(at) || 'the file'} ${explain(error)}` };
  });
}

function explain(error: ErrorObject): string {
  const { params, parentSchema = {}, data } = error;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = Object.keys(parentSchema.properties);
      return `is not known${didYouMean(closest(params.additionalProperty, known))} Allowed: ${known.join(', ')}.`;
    }
    case 'required': {
      const { properties = {} } = parentSchema.$ref ? definition(parentSchema.$ref) : parentSchema;
      return `is missing; it must be ${allowedBy(properties[params.missingProperty])}.`;
    }
    case 'dependentRequired':
      return `is missing; ${params.property} goes with it.`;
    case 'oneOf': {
      const keys = parentSchema.oneOf.flatMap((branch: JsonSchema) => branch.required ?? []);
      // Nothing fits, or more than one does.
      const wrong = keys.some((key: string) => Object.hasOwn(Object(data), key)) ? ', not both' : '; got neither';
      return `needs either ${keys.join(' or ')}${wrong}.`;
    }
    case 'minProperties':
      return 'must have at least one entry.';
    case 'x-type':
      return `${error.message}`;
  }
  if (error.propertyName !== undefined) return `is not a name that can be used; it must be ${allowedBy(parentSchema)}.`;
  const meant = typeof data === 'string' ? closest(data, parentSchema.enum?.map(String) ?? []) : undefined;
  return `must be ${allowedBy(parentSchema)}; got ${written(data)}${didYouMean(meant)}`;
}

/** Completes "must be ...". */
function allowedBy(schema: JsonSchema = {}): string {
  if (typeof schema['x-allowed'] === 'string') return schema['x-allowed'];
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined) return `${schema.const}`;
  const names: Record<string, string> = {
    array: 'a list',
    boolean: 'true or false',
    number: 'a number',
    object: 'a map',
    string: 'a text',
  };
  return names[[schema.type].flat()[0] as string] ?? 'something else';
}

/** A value as it was understood, which is not always as it was meant: `012` is a number. */
function written(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function definition(ref: string): JsonSchema & { readonly properties?: Readonly<Record<string, JsonSchema>> } {
  return servingSchema().$defs[ref.slice('#/$defs/'.length)] ?? {};
}

/** `/services/iris/securityGroups/0` as keys, indexes as numbers. */
function keysOf(pointer: string, content: unknown): KeyPath {
  let inside = content;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const inList = Array.isArray(inside);
      inside = (inside as Record<string, unknown>)[key];
      return inList ? Number(key) : key;
    });
}
