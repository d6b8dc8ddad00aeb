import type { IPredictor } from '../../index';
import { MODEL_ALONE, PREDICTORS } from '../patterns';
import { servingSchema } from '../schema';
import { modelValue } from './model';
import { type JsonSchema, valueType } from './value-type';

/** A predictor as an entry has it: the folder of its model, or what it is and its props. */
type WrittenPredictor = string | ({ readonly pattern?: string } & Readonly<Record<string, unknown>>);

/** Name of the schema's definition for a predictor within an entry. */
export const predictorDefinition = (pattern: string): string => `predictor-${pattern}`;

/** A predictor within an entry, and again within that one. Its own definition in the schema says what it may hold. */
export const predictorValue = valueType<WrittenPredictor, IPredictor>({
  schema: { $ref: '#/$defs/predictor' },
  allowed: 'the folder of a model, relative to this file, or a map with its pattern',
  toCdk(written, place) {
    const { pattern = MODEL_ALONE, ...props } = typeof written === 'string' ? { model: written } : written;
    const { construct } = PREDICTORS[pattern] ?? {};
    if (!construct) throw new Error(`the schema of serving.yaml knows the predictor ${pattern}, PREDICTORS does not`);
    const known: Readonly<Record<string, JsonSchema>> =
      servingSchema().$defs[predictorDefinition(pattern)]?.properties ?? {};
    const converted = Object.entries(props).map(([key, value]) => [
      key,
      place.convert(value, known[key] ?? {}, { ...place, id: `${place.id}-${key}` }),
    ]);
    return new construct(place.scope, place.id, Object.fromEntries(converted) as never);
  },
  problem(written, folder) {
    if (typeof written !== 'string') return undefined;
    const problem = modelValue.problem?.(written, folder);
    // A name alone is taken for that of a service.
    const more = written.includes('/') ? '' : ' A predictor is the folder of a model or a map, not a service.';
    return problem && `${problem}${more}`;
  },
});
