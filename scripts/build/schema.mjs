import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { entrySchema, unionOf } from './schema-types.mjs';
import { out, root } from './steps.mjs';

const NAME = { pattern: '^[a-z][a-z0-9-]{0,39}$', 'x-allowed': 'lower-case letters, digits and "-", at most 40' };

/**
 * The JSON Schema of serving.yaml, generated from the props of the constructs: it checks the file at synth, and it is
 * what an editor completes and explains from.
 */
export const schema = {
  name: 'schema',
  inputs: ['.jsii', 'lib/template/patterns.ts', 'lib/template/values', 'scripts/build/schema-types.mjs'],
  outputs: ['build/serving.schema.json'],
  async run() {
    const assembly = JSON.parse(readFileSync(path.join(root, '.jsii'), 'utf8'));
    const document = servingSchema(assembly, await loadTables());
    writeFileSync(path.join(out, 'serving.schema.json'), `${JSON.stringify(document, null, 2)}\n`);
  },
};

/** The tables of lib/template, which are TypeScript, with the compiled constructs that they name. */
async function loadTables() {
  const file = path.join(out, '.schema-tables.cjs');
  try {
    await build({
      stdin: {
        contents:
          "export * from './patterns'; export * from './values'; export * from './values/predictor'; export * from './values/value-type';",
        resolveDir: path.join(root, 'lib/template'),
      },
      outfile: file,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'],
      logLevel: 'warning',
      plugins: [compiledConstructs],
    });
    return createRequire(import.meta.url)(file);
  } finally {
    rmSync(file, { force: true });
  }
}

const compiledConstructs = {
  name: 'compiled-constructs',
  setup({ onResolve }) {
    onResolve({ filter: /\/index$/ }, ({ path: request, resolveDir }) =>
      path.resolve(resolveDir, request) === path.join(root, 'lib/index')
        ? { path: './lib/index.js', external: true }
        : undefined,
    );
  },
};

/**
 * @param assembly the jsii assembly
 * @param tables what lib/template exports: PATTERNS, PREDICTORS, VALUE_TYPES, NOT_IN_YAML, GIVEN_PROPS, ...
 */
export function servingSchema(assembly, tables) {
  const names = Object.keys(tables.PATTERNS).sort();
  const entries = names.map((name) => ({ name, ...entrySchema(name, tables.PATTERNS[name], assembly, tables) }));
  const predictors = Object.keys(tables.PREDICTORS)
    .sort()
    .map((name) => ({ name, ...entrySchema(name, tables.PREDICTORS[name], assembly, tables) }));
  const overrides = { $ref: '#/$defs/any-service' };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'serving.yaml',
    description: 'Models and how they are served: one entry per service.',
    type: 'object',
    required: ['templateVersion', 'environments', 'services'],
    additionalProperties: false,
    properties: {
      templateVersion: { const: tables.TEMPLATE_VERSION, description: "Version of this file's format." },
      project: {
        type: 'string',
        ...NAME,
        default: 'serving',
        description: 'First part of the name of every stack: <project>-<environment>-<service>.',
      },
      defaults: {
        ...overrides,
        description: 'Properties of every service that has them, unless an environment or the entry says otherwise.',
      },
      environments: {
        type: 'object',
        minProperties: 1,
        propertyNames: NAME,
        additionalProperties: { $ref: '#/$defs/environment' },
        'x-allowed': 'a map of environments, such as { local: { local: true }, production: {} }',
        description: 'Places the services are deployed to.',
      },
      services: {
        type: 'object',
        minProperties: 1,
        propertyNames: NAME,
        additionalProperties: { $ref: '#/$defs/service' },
        'x-allowed': 'a map of services by name, each with a pattern',
        description: 'The services by name. Each is a stack of its own.',
      },
    },
    $defs: {
      environment: environmentSchema(overrides),
      service: serviceSchema(entries),
      'any-service': unionOf(entries),
      ...Object.fromEntries(entries.map(({ name, properties }) => [name, properties])),
      predictor: predictorSchema(predictors, tables),
      ...Object.fromEntries(predictors.map(({ name, properties }) => [tables.predictorDefinition(name), properties])),
    },
  };
}

function environmentSchema(overrides) {
  return {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      local: {
        type: 'boolean',
        default: false,
        description: 'Whether it is an emulator on this machine, where everything is destroyed with the stack.',
      },
      account: {
        type: 'string',
        pattern: '^[0-9]{12}$',
        'x-allowed': 'twelve digits in quotes',
        description: "AWS account. Default: that of the CDK's credentials.",
      },
      region: {
        type: 'string',
        pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]+$',
        'x-allowed': 'an AWS region such as eu-central-1',
        description: "AWS region. Default: that of the CDK's credentials.",
      },
      defaults: {
        ...overrides,
        description: 'Like `defaults` of the file, which it goes before, for this environment.',
      },
      services: {
        type: 'object',
        additionalProperties: overrides,
        description: 'What is different in this environment, by service. It goes before everything else.',
      },
    },
  };
}

function serviceSchema(entries) {
  return {
    type: 'object',
    required: ['pattern'],
    properties: { pattern: { enum: entries.map(({ name }) => name), description: 'The serving pattern.' } },
    allOf: entries.map(({ name, demands }) => ({
      if: { properties: { pattern: { const: name } }, required: ['pattern'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: `#/$defs/${name}`, ...demands },
    })),
  };
}

/** A predictor within an entry: the folder of its model, or a map whose pattern may be left out. */
function predictorSchema(predictors, { MODEL_ALONE, predictorDefinition }) {
  const pattern = {
    enum: predictors.map(({ name }) => name),
    default: MODEL_ALONE,
    description: 'What the predictor is.',
  };
  return {
    type: ['string', 'object'],
    minLength: 1,
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      properties: { pattern },
      allOf: predictors.map(({ name, demands }) => ({
        if: { properties: { pattern: { const: name } }, ...(name !== MODEL_ALONE && { required: ['pattern'] }) },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { $ref: `#/$defs/${predictorDefinition(name)}`, ...demands },
      })),
    },
  };
}
