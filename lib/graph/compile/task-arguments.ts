import { type Aggregate, CONTRACT_VERSION, type TensorSource } from '../../../lambdas/shared/contract';
import { given, jsonata, kept, text } from './asl';
import type { Leaf } from './context';

/** What Step Functions carries is at most 256 KiB: the request, the answers so far, and what is around them. */
const MAX_STATE_BYTES = 200_000;
/** Beyond this a claim check is no more work for the machine than carrying it. */
const MAX_INLINE_BYTES = 65_536;

type Aggregates = Readonly<Record<string, Aggregate>>;

/**
 * Writes what each task asks its predictor with.
 *
 * @param mostBytes fewer than that many, where an emulator cannot carry as much as AWS
 * @returns most bytes of a request, or an answer, that the machine carries; what is larger goes by reference
 */
export function writeArguments(leaves: readonly Leaf[], aggregates: Aggregates, mostBytes = MAX_INLINE_BYTES): number {
  const inlineBytes = Math.min(mostBytes, MAX_INLINE_BYTES, Math.floor(MAX_STATE_BYTES / (leaves.length + 1)));
  for (const { deadline, inputs, key, predictor, state, values } of leaves) {
    const used = usedBy(Object.values(inputs), aggregates);
    state.Arguments = {
      FunctionName: predictor.target.address,
      Payload: {
        v: CONTRACT_VERSION,
        requestId: jsonata(given('asking.requestId')),
        traceparent: jsonata(given('asking.traceparent')),
        principal: jsonata(given('asking.principal')),
        cacheControl: jsonata(given('asking.cacheControl')),
        deadlineMs: jsonata(deadline),
        assembly: {
          inputs,
          aggregates: Object.fromEntries([...used.aggregates].map((name) => [name, aggregates[name]])),
          body: used.request ? jsonata(given('body')) : null,
          steps: Object.fromEntries([...used.steps].map((step) => [step, orNull(kept(step))])),
        },
        reply: {
          key: jsonata(`${given('prefix')} & ${text(key)}`),
          inlineBytes,
          values: [...values],
        },
      },
    };
  }
  return inlineBytes;
}

/** A step that was not taken has given nothing, which JSON cannot say. */
function orNull(expression: string): string {
  return jsonata(`$exists(${expression}) ? ${expression} : null`);
}

interface Used {
  request: boolean;
  readonly steps: Set<string>;
  readonly aggregates: Set<string>;
}

/** What a task must be given to find its inputs, and nothing else. */
function usedBy(sources: readonly TensorSource[], aggregates: Aggregates): Used {
  const used: Used = { request: false, steps: new Set(), aggregates: new Set() };
  const visit = (source: TensorSource): void => {
    if ('request' in source) used.request = true;
    else if ('step' in source) used.steps.add(source.step);
    else if ('first' in source) source.first.forEach(visit);
    else if (!used.aggregates.has(source.aggregate)) {
      used.aggregates.add(source.aggregate);
      for (const { tensors } of aggregates[source.aggregate]?.members ?? []) Object.values(tensors).forEach(visit);
    }
  };
  sources.forEach(visit);
  return used;
}
