import { Aggregation } from '../../index';
import { type JsonSchema, valueType } from './value-type';

/** Ways that may name the output that they are about, and ways that have none. */
const OF_OUTPUT = {
  mean: Aggregation.mean,
  weighted: Aggregation.weighted,
  vote: Aggregation.vote,
  max: Aggregation.max,
};
const OF_ALL = { map: Aggregation.map, select: Aggregation.select };
type Named = Partial<Record<keyof typeof OF_OUTPUT, string>>;

const names = [...Object.keys(OF_OUTPUT), ...Object.keys(OF_ALL)].sort();
const output: JsonSchema = { type: 'string', minLength: 1, description: 'The output that it is about.' };

/** How answers become one, by its name; or a map of its name and the output that it is about. */
export const aggregationValue = valueType<string | Named, Aggregation>({
  schema: {
    type: ['string', 'object'],
    if: { type: 'string' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { enum: names },
    else: {
      properties: Object.fromEntries(Object.keys(OF_OUTPUT).map((name) => [name, output])),
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
  },
  allowed: `one of ${names.join(', ')}, or a map of one of ${Object.keys(OF_OUTPUT).join(', ')} and an output`,
  cdk: Aggregation,
  toCdk(written) {
    const [name, of] =
      typeof written === 'string' ? [written, undefined] : (Object.entries(written)[0] as [string, string]);
    const make: (output?: string) => Aggregation = { ...OF_OUTPUT, ...OF_ALL }[name as keyof typeof OF_OUTPUT];
    return make.call(Aggregation, of);
  },
  toYaml: ({ _kind }) => _kind ?? 'map',
});
