import type { Construct } from 'constructs';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where a value is wanted. */
export interface Place {
  /** Scope of what a value refers to, such as a key that exists. */
  readonly scope: Construct;
  /** Id within the scope. */
  readonly id: string;
  /** Folder of the configuration file, which relative paths start at. */
  readonly folder: string;
  /** What a construct gets for a value within this one. */
  readonly convert: (written: unknown, schema: JsonSchema, place: Place) => unknown;
}

/** How a type of the constructs' props is written in YAML. */
export interface ValueType {
  /** What is written, as JSON Schema. */
  readonly schema: JsonSchema;
  /** Completes "must be ..." in messages. */
  readonly allowed: string;
  /** The class or enum whose members a `@default` names. */
  readonly cdk?: object;
  /** What the construct gets. */
  toCdk(written: unknown, place: Place): unknown;
  /** How a default is written, where that is not the name of its member. */
  toYaml?(value: unknown): unknown;
  /** What no schema can say of the value, which may still be of the wrong type: what is wrong with it, if anything. */
  problem?(written: unknown, folder: string): string | undefined;
}

interface TypedValue<Written, Cdk> {
  readonly schema: JsonSchema;
  readonly allowed: string;
  readonly cdk?: object;
  toCdk(written: Written, place: Place): Cdk;
  toYaml?(value: Cdk): Written;
  problem?(written: Written, folder: string): string | undefined;
}

/** A value type whose written form is one that its schema has let through. */
export function valueType<Written, Cdk>(typed: TypedValue<Written, Cdk>): ValueType {
  return typed as unknown as ValueType;
}

/** An enum, its members in kebab-case. */
export function enumValue(members: Readonly<Record<string, string | number>>): ValueType {
  // Numeric enums also map back from value to name.
  const names = Object.keys(members).filter((name) => !/^\d/.test(name));
  return choice(new Map(names.map((name) => [name.toLowerCase().replaceAll('_', '-'), members[name]])), members);
}

/** A class like an enum: its static methods by name. */
export function enumLikeValue(type: abstract new () => object): ValueType {
  const methods = new Map<string, () => unknown>();
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
    if (typeof value !== 'function' || name.startsWith('_')) continue;
    if (value.length > 0) {
      throw new Error(
        `${type.name}.${name} takes arguments: give ${type.name} a value type of its own, in which ${name} is a map of them`,
      );
    }
    methods.set(name, () => value.call(type));
  }
  return { ...choice(methods, type), toCdk: (written) => methods.get(written as string)?.(), toYaml: undefined };
}

/** One of several names. */
export function choice(values: ReadonlyMap<string | number, unknown>, cdk?: object): ValueType {
  const names = [...values.keys()];
  return {
    schema: { enum: names },
    allowed: `one of ${names.join(', ')}`,
    cdk,
    toCdk: (written) => values.get(written as string | number),
    toYaml: (value) => names.find((name) => values.get(name) === value),
  };
}
