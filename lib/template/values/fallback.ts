import type { Duration } from 'aws-cdk-lib';
import { Fallback } from '../../index';
import { predictorValue } from './predictor';
import { type JsonSchema, type Place, valueType } from './value-type';

/** What answers in the predictor's place, as it is written: a name, or a map of one way. */
type WrittenFallback =
  | 'refuse'
  | 'last-result'
  | {
      readonly constant?: Readonly<Record<string, readonly (number | string)[]>>;
      readonly predictor?: unknown;
      readonly lastResult?: string;
    };

const constant: JsonSchema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: { type: 'array', minItems: 1, items: { type: ['number', 'string'] } },
  'x-allowed': 'a map of outputs, each with the list of its values for one row',
  description: 'The same values for every row of every request, by output.',
};

/** What answers where the predictor is not asked, or fails. */
export const fallbackValue = valueType<WrittenFallback, Fallback>({
  schema: {
    type: ['string', 'object'],
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: {
        constant,
        predictor: { $ref: '#/$defs/predictor', description: 'A cheaper predictor with the same inputs and outputs.' },
        lastResult: {
          type: 'string',
          pattern: '^[1-9][0-9]*(s|m|h|d)$',
          'x-allowed': 'a duration such as "10m" or "1h"',
          description: 'What the predictor said last to the same question, at most so old.',
        },
      },
    },
    else: { enum: ['refuse', 'last-result'] },
  },
  allowed: 'refuse, last-result, or a map of one of constant, predictor and lastResult',
  cdk: Fallback,
  toCdk(written, place) {
    if (written === 'refuse') return Fallback.refuse();
    if (written === 'last-result') return Fallback.lastResult();
    if (written.constant) return Fallback.constant(Object.entries(written.constant).map(constantOf));
    if (written.predictor !== undefined) return Fallback.predictor(predictorOf(written.predictor, place));
    return Fallback.lastResult(durationOf(written.lastResult, place));
  },
  toYaml: () => 'refuse',
  problem(written, folder) {
    if (typeof written !== 'object' || written === null) return undefined;
    return predictorValue.problem?.(written.predictor, folder);
  },
});

function constantOf([output, values]: [string, readonly (number | string)[]]) {
  const numbers = values.filter((value) => typeof value === 'number');
  const texts = values.filter((value) => typeof value === 'string');
  return { output, ...(numbers.length && { numbers }), ...(texts.length && { texts }) };
}

function predictorOf(written: unknown, place: Place) {
  return predictorValue.toCdk(written, { ...place, id: `${place.id}-predictor` }) as Parameters<
    typeof Fallback.predictor
  >[0];
}

function durationOf(written: unknown, place: Place): Duration {
  return place.convert(written, { 'x-type': 'aws-cdk-lib.Duration' }, place) as Duration;
}
