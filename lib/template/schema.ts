import * as fs from 'node:fs';
import type { ErrorObject } from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import type { DataValidateFunction } from 'ajv/dist/types';
import { shipped } from '../package-files';
import { type JsonSchema, VALUE_TYPES } from './values';

/** The schema of `serving.yaml`, as it ships with the package. */
export interface ServingSchema {
  /** By pattern, and under `any-service`, what an entry may hold. */
  readonly $defs: Readonly<Record<string, { readonly properties?: Readonly<Record<string, JsonSchema>> }>>;
}

let loaded: ServingSchema | undefined;

export function servingSchema(): ServingSchema {
  loaded ??= JSON.parse(fs.readFileSync(shipped('build', 'serving.schema.json'), 'utf8')) as ServingSchema;
  return loaded;
}

let compiled: Ajv2020 | undefined;

/**
 * Everything that is wrong with `content` by the schema, or by a definition of it.
 *
 * @param folder folder that paths in the content are relative to
 */
export function schemaErrors(content: unknown, folder: string, definition?: string): ErrorObject[] {
  compiled ??= compile();
  const validate = compiled.getSchema(definition ? `serving#/$defs/${definition}` : 'serving');
  if (!validate) throw new Error(`the schema of serving.yaml does not define ${definition}`);
  validate.call({ folder }, content);
  return validate.errors ?? [];
}

function compile(): Ajv2020 {
  // `strictTypes` wants a type beside every `required`, also where the schema around it has said so.
  const ajv = new Ajv2020({ allErrors: true, verbose: true, passContext: true, strictTypes: false });
  ajv.addKeyword('x-allowed');
  ajv.addKeyword({ keyword: 'x-type', type: ['string', 'object'], compile: valueCheck, errors: true });
  return ajv.addSchema(servingSchema(), 'serving');
}

/** What no schema can say, such as whether the folder of a model is there. */
function valueCheck(type: string): DataValidateFunction {
  const check: DataValidateFunction = function (this: { readonly folder: string }, written: unknown) {
    const problem = VALUE_TYPES[type]?.problem?.(written, this.folder);
    check.errors = problem === undefined ? [] : [{ keyword: 'x-type', message: problem, params: {} }];
    return problem === undefined;
  };
  return check;
}
