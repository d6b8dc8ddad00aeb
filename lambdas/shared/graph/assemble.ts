import type { Assembly, InferRequest, PredictorRequest } from '../contract';
import { ServingError } from '../errors';
import { checkOut } from '../payloads/claim-check';
import type { ObjectStore } from '../payloads/object-store';
import { isAnswered, Sources } from './sources';

/** The body of a request, which may lie elsewhere or be put together, and the pair that what made it belongs to. */
export async function readBody(
  { assembly, pair, request, requestRef }: Partial<PredictorRequest>,
  store: ObjectStore | undefined,
): Promise<{ readonly body: unknown; readonly pair?: string }> {
  if (assembly) return { body: await assemble(assembly, store), pair: pair ?? pairOf(assembly) };
  return { body: requestRef === undefined ? request : await checkOut(requestRef, store), pair: pair ?? undefined };
}

/** Earlier answers -> the request that they are for. */
async function assemble(assembly: Assembly, store: ObjectStore | undefined): Promise<InferRequest> {
  const sources = new Sources(assembly, store);
  const inputs = await Promise.all(
    Object.entries(assembly.inputs).map(async ([name, source]) => {
      const tensor = await sources.find(source);
      if (tensor) return { ...tensor, name };
      throw new ServingError('BAD_GATEWAY', `No step has given what the input "${name}" is made of.`);
    }),
  );
  return { inputs };
}

/** The pair of the steps that the tensors come from. */
function pairOf({ steps }: Assembly): string | undefined {
  for (const answer of Object.values(steps)) if (isAnswered(answer) && answer.pair !== undefined) return answer.pair;
  return undefined;
}
