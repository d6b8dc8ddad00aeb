import { AGGREGATE_OUTPUTS, type Aggregate, type AggregateMember } from '../../../lambdas/shared/contract';
import type { CardTensor } from '../../model/card-fields';
import type { Aggregation } from '../aggregation';
import type { KnownTensor, KnownTensors } from './known-tensors';

/** A step among parallel ones. */
export interface Member {
  readonly name: string;
  readonly weight: number;
  readonly outputs: KnownTensors;
}

const FLOATS = ['FP32', 'FP64'];
const isFloat = ({ datatype }: CardTensor) => FLOATS.includes(datatype);
const isSaid = ({ datatype }: CardTensor) => !datatype.startsWith('FP');

/** What parallel steps give together, and how it is made where that is more than all of it. */
export function aggregateOutputs(
  name: string,
  key: string,
  aggregation: Aggregation,
  members: readonly Member[],
): { readonly outputs: KnownTensors; readonly aggregate?: Aggregate } {
  const kind = aggregation._kind;
  if (kind === undefined) return { outputs: mapOf(members) };
  const common = commonOutputs(members);
  const from = (spec: CardTensor): [string, KnownTensor] => [
    spec.name,
    { source: { aggregate: key, tensor: spec.name }, spec },
  ];
  const made = (specs: readonly CardTensor[]) => new Map(specs.map(from));
  const aggregate = (of: string | undefined, tensors: readonly string[], classes?: string): Aggregate => ({
    kind,
    of,
    classes,
    members: members.map((member) => memberOf(member, tensors)),
  });
  const all = common.map((spec) => spec.name);
  const chosen: CardTensor = {
    name: AGGREGATE_OUTPUTS.chosen,
    datatype: 'BYTES',
    shape: [-1],
    description: `The step of ${name} whose answer it is.`,
  };
  if (kind === 'select')
    return { outputs: made([...requireSome(name, common), chosen]), aggregate: aggregate(undefined, all) };
  const of = chooseOutput(name, aggregation, common, kind === 'vote' ? isSaid : isFloat);
  if (kind === 'max') return { outputs: made([...common, chosen]), aggregate: aggregate(of.name, all) };
  if (kind === 'vote') {
    const votes: CardTensor = {
      name: AGGREGATE_OUTPUTS.votes,
      datatype: 'INT64',
      shape: of.shape,
      description: `How many steps of ${name} say so.`,
    };
    return { outputs: made([of, votes]), aggregate: aggregate(of.name, [of.name]) };
  }
  const classes = common.find((spec) => isClassOf(spec, of));
  const tensors = classes ? [classes, of] : [of];
  return {
    outputs: made(tensors),
    aggregate: aggregate(
      of.name,
      tensors.map((spec) => spec.name),
      classes?.name,
    ),
  };
}

function mapOf(members: readonly Member[]): KnownTensors {
  return new Map(
    members.flatMap(({ name, outputs }) =>
      [...outputs].map(([tensor, { source, spec }]): [string, KnownTensor] => {
        const own = `${name}.${tensor}`;
        return [own, { source, spec: { ...spec, name: own } }];
      }),
    ),
  );
}

function memberOf({ name, outputs, weight }: Member, tensors: readonly string[]): AggregateMember {
  const sources = tensors.map((tensor) => [tensor, (outputs.get(tensor) as KnownTensor).source] as const);
  return { name, weight, tensors: Object.fromEntries(sources) };
}

/** Outputs that all have, alike. */
function commonOutputs([first, ...others]: readonly Member[]): CardTensor[] {
  return [...(first?.outputs ?? [])].flatMap(([name, { spec }]) =>
    others.every(({ outputs }) => isAlike(outputs.get(name)?.spec, spec)) ? [{ ...spec, name }] : [],
  );
}

function isAlike(one: CardTensor | undefined, other: CardTensor): boolean {
  return one?.datatype === other.datatype && one.shape.join() === other.shape.join();
}

/** The index of the largest value in each row: a whole number with the same labels. */
function isClassOf(spec: CardTensor, scores: CardTensor): boolean {
  return (
    spec.datatype.includes('INT') &&
    spec.labels !== undefined &&
    spec.labels.join() === scores.labels?.join() &&
    spec.shape.length === 1 &&
    scores.shape.length === 2
  );
}

function requireSome(name: string, common: readonly CardTensor[]): readonly CardTensor[] {
  if (common.length > 0) return common;
  throw new Error(
    `aggregation of ${name} needs an output that all steps have in one datatype and shape; there is none`,
  );
}

function chooseOutput(
  name: string,
  { _kind, _output }: Aggregation,
  common: readonly CardTensor[],
  suits: (spec: CardTensor) => boolean,
): CardTensor {
  const suitable = common.filter(suits);
  const names = suitable.map((spec) => spec.name).join(', ') || 'none';
  const found = _output === undefined ? suitable : suitable.filter((spec) => spec.name === _output);
  const [only] = found;
  if (only && found.length === 1) return only;
  const got = _output === undefined ? 'no name' : JSON.stringify(_output);
  throw new Error(
    `aggregation ${_kind} of ${name} must name an output that all steps have in one shape, and that suits it (${names}); got ${got}`,
  );
}
