import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020';
import { describe, expect, test } from 'vitest';
import { GIVEN_PROPS, MODEL_ALONE, PATTERNS, PREDICTORS, TEMPLATE_VERSION } from '../../lib/template/patterns';
import { NOT_IN_YAML, VALUE_TYPES } from '../../lib/template/values';
import { predictorDefinition } from '../../lib/template/values/predictor';
import { servingSchema } from '../../scripts/build/schema.mjs';

interface Property {
  readonly description?: string;
  readonly default?: unknown;
}

const schema = JSON.parse(readFileSync('build/serving.schema.json', 'utf8'));
const assembly = JSON.parse(readFileSync('.jsii', 'utf8'));
const tables = {
  ...{ PATTERNS, PREDICTORS, MODEL_ALONE, predictorDefinition },
  ...{ VALUE_TYPES, NOT_IN_YAML, GIVEN_PROPS, TEMPLATE_VERSION },
};

/** Names of a struct's properties with those it inherits, straight from the assembly. */
function propsOf(fqn: string, types = assembly.types): string[] {
  const { interfaces = [], properties = [] } = types[fqn];
  const own: { name: string }[] = properties;
  return [...interfaces.flatMap((parent: string) => propsOf(parent, types)), ...own.map(({ name }) => name)];
}

/** A copy of the assembly in which one property of `WebSingleProps` is added. */
function withProperty(property: object): typeof assembly {
  const copy = structuredClone(assembly);
  copy.types['cdk-ml-serving.WebSingleProps'].properties = [{ name: 'extra', optional: true, ...property }];
  return copy;
}

describe('the schema of serving.yaml comes from the props of the constructs [X.7] [12.2]', () => {
  const ajv = new Ajv2020({ strict: false });

  test('where the pattern is not known, a key with several meanings has none of them', () => {
    const { properties } = schema.$defs['any-service'] as { properties: Record<string, Property> };
    expect(properties.strategy).toMatchObject({
      description: 'It differs by pattern; see the README of data-cache, prediction-cache. Default: by pattern.',
    });
    expect(properties.deadline?.default).toBeUndefined();
    // Another text, and the same default.
    expect(properties.maxAttempts).toMatchObject({ description: expect.stringMatching(/^It differs/), default: 3 });
    for (const [key, { description }] of Object.entries(properties)) {
      const meanings = Object.keys(PATTERNS).map((pattern) => schema.$defs[pattern].properties[key]?.description);
      if (new Set(meanings.filter((each) => each !== undefined)).size === 1) expect(meanings).toContain(description);
      else expect(description, key).toMatch(/^It differs by pattern/);
    }
  });

  test('is a valid JSON Schema', () => {
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  test.each(Object.keys(PATTERNS))('%s: every prop is a property with a description', (pattern) => {
    const { properties } = schema.$defs[pattern] as { properties: Record<string, Property> };
    const name = PATTERNS[pattern]?.construct.name;
    const props = propsOf(`cdk-ml-serving.${name}Props`).filter((prop) => prop !== 'serviceName');
    expect(Object.keys(properties).sort()).toEqual([...new Set([...props, 'pattern'])].sort());
    for (const [property, { description }] of Object.entries(properties)) {
      expect(description, property).toMatch(/\w+.*\.$/);
    }
  });

  test.each(Object.keys(PATTERNS))('%s: every default is a value that the file could hold', (pattern) => {
    const properties: Record<string, Property> = schema.$defs[pattern].properties;
    const defaults = Object.entries(properties).filter(([, { default: value }]) => value !== undefined);
    // What a pattern has of these: no model of its own, no `memory`; no HTTP front, no `auth`.
    const known: Readonly<Record<string, unknown>> = {
      ...{ architecture: 'arm64', auth: 'iam', dashboard: true, logRetention: 30 },
      ...{ maxBodySize: '4 MiB', memory: '1769 MiB', stageName: 'v1' },
    };
    const expected = Object.entries(known).filter(([name]) => name in properties);
    expect(expected.length).toBeGreaterThan(3);
    expect(Object.fromEntries(defaults.map(([name, { default: value }]) => [name, value]))).toMatchObject(
      Object.fromEntries(expected),
    );
    const { $defs } = schema;
    for (const [name, property] of defaults) {
      expect(ajv.validate({ ...property, $defs }, property.default), name).toBe(true);
    }
  });

  test('a type that cannot be written yet fails the build and says where it is told how', () => {
    const odd = withProperty({
      type: { fqn: 'aws-cdk-lib.aws_ecs.ICluster' },
      docs: { summary: 'Q.', default: '- none' },
    });
    expect(() => servingSchema(odd, tables)).toThrow(
      'cdk-ml-serving.WebSingleProps.extra is of type aws-cdk-lib.aws_ecs.ICluster, which serving.yaml cannot express yet: ' +
        'say in lib/template/values/index.ts how it is written (VALUE_TYPES), or that only code can give it (NOT_IN_YAML)',
    );
  });

  test('a prop without description or default fails the build', () => {
    const type = { primitive: 'string' };
    expect(() => servingSchema(withProperty({ type }), tables)).toThrow('WebSingleProps.extra has no description');
    expect(() => servingSchema(withProperty({ type, docs: { summary: 'S.' } }), tables)).toThrow('no @default');
    const docs = { summary: 'S.', default: 'some prose' };
    expect(() => servingSchema(withProperty({ type, docs }), tables)).toThrow('@default some prose of');
  });

  test('a prop that two patterns type differently fails the build', () => {
    const docs = { summary: 'S.', default: '- none' };
    const odd = withProperty({ name: 'p99Objective', type: { primitive: 'number' }, docs });
    expect(() => servingSchema(odd, tables)).toThrow('p99Objective of the pattern web-single is of another type');
  });

  test('lists and maps', () => {
    const docs = { summary: 'S.', default: '- none' };
    const elementtype = { fqn: 'aws-cdk-lib.Duration' };
    const map = withProperty({ type: { collection: { kind: 'map', elementtype } }, docs });
    const defs: Record<string, { properties?: Record<string, unknown> }> = servingSchema(map, tables).$defs;
    expect(defs['web-single']?.properties?.extra).toMatchObject({
      type: 'object',
      additionalProperties: { 'x-type': 'aws-cdk-lib.Duration' },
    });
  });
});
