import type { InferRequest, InferResponse, StepAnswer, TensorSource, TensorSources, WireTensor } from '../contract';
import { checkOut } from '../payloads/claim-check';
import type { ObjectStore } from '../payloads/object-store';
import { aggregate } from './aggregate';

/** Finds tensors in the request and in the answers of steps, wherever those lie. What is large is read once. */
export class Sources {
  readonly #requested = new Map<string, Promise<readonly WireTensor[]>>();
  readonly #aggregated = new Map<string, Promise<readonly WireTensor[]>>();

  constructor(
    private readonly known: TensorSources,
    private readonly store: ObjectStore | undefined,
  ) {}

  /** The tensor under the name that it has where it comes from; undefined where nothing gave one. */
  async find(source: TensorSource): Promise<WireTensor | undefined> {
    if ('request' in source) return named(source.request, await this.#request());
    if ('aggregate' in source) return named(source.tensor, await this.#aggregate(source.aggregate));
    if ('step' in source) return named(source.tensor, await this.#answer(source.step));
    for (const alternative of source.first) {
      const found = await this.find(alternative);
      if (found) return found;
    }
    return undefined;
  }

  #request(): Promise<readonly WireTensor[]> {
    return memoised(this.#requested, '', async () => {
      const { request, requestRef } = this.known.body ?? {};
      const body = requestRef ? await checkOut<InferRequest>(requestRef, this.store) : request;
      return body?.inputs ?? [];
    });
  }

  #answer(step: string): Promise<readonly WireTensor[]> {
    return memoised(this.#requested, step, async () => {
      const answer = this.known.steps[step];
      if (!isAnswered(answer)) return [];
      const { response, responseRef } = answer;
      const body = responseRef ? await checkOut<InferResponse>(responseRef, this.store) : response;
      return body.outputs;
    });
  }

  #aggregate(name: string): Promise<readonly WireTensor[]> {
    return memoised(this.#aggregated, name, async () => {
      const spec = this.known.aggregates?.[name];
      return spec ? aggregate(spec, (source) => this.find(source)) : [];
    });
  }
}

/** Whether a step ran and has an answer. */
export function isAnswered(answer: StepAnswer | null | undefined): answer is Extract<StepAnswer, { status: 200 }> {
  return answer?.status === 200;
}

/** The steps that ran and have an answer, by name; parallel ones together say only that they are done. */
export function answersOf(steps: TensorSources['steps']): [string, Answered][] {
  return Object.entries(steps).flatMap(([name, answer]): [string, Answered][] =>
    isAnswered(answer) && 'model' in answer ? [[name, answer]] : [],
  );
}

type Answered = Extract<StepAnswer, { status: 200 }>;

function named(name: string, tensors: readonly WireTensor[]): WireTensor | undefined {
  return tensors.find((tensor) => tensor.name === name);
}

function memoised<Value>(known: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const before = known.get(key);
  if (before) return before;
  const made = make();
  known.set(key, made);
  return made;
}
