import type { TensorSource } from '../../../lambdas/shared/contract';
import type { CardTensor } from '../../model/card-fields';
import { REQUEST } from '../step-name';

/** A tensor that a step can have: where it comes from, and what it is. */
export interface KnownTensor {
  readonly source: TensorSource;
  readonly spec: CardTensor;
}

export type KnownTensors = ReadonlyMap<string, KnownTensor>;

/** Finds the request's tensor of a name for a step that takes it as `wanted`. */
export type RequestTensor = (name: string, wanted: CardTensor) => KnownTensor;

/** A step, and what steps behind it can take of it. */
export interface KnownStep {
  readonly name: string;
  readonly outputs: KnownTensors;
  /** Whether it may give nothing without failing the whole. */
  readonly isOptional: boolean;
  /** Whether its outputs are its own, and not those of steps within it. */
  readonly isStage: boolean;
}

/** What a step can take its inputs from: the steps before it, the nearest last, and the request. */
export class Scope {
  readonly #steps: KnownStep[];

  constructor(
    private readonly request: RequestTensor,
    steps: readonly KnownStep[] = [],
  ) {
    this.#steps = [...steps];
  }

  get steps(): readonly KnownStep[] {
    return this.#steps;
  }

  /** What steps in a branch can take; what they give, those beside them cannot. */
  branch(): Scope {
    return new Scope(this.request, this.#steps);
  }

  add(step: KnownStep): void {
    this.#steps.push(step);
  }

  /** The tensor that an input is by its name alone: of the nearest step before it that gives one, else the request's. */
  byName(wanted: CardTensor): KnownTensor {
    return this.nearest(wanted) ?? this.request(wanted.name, wanted);
  }

  /** The tensor of a name that steps give. */
  given(wanted: CardTensor): KnownTensor {
    const found = this.nearest(wanted);
    if (found) return found;
    throw new Error(`result has no ${wanted.name}: no step gives it`);
  }

  /** Of steps that may not run, or fail, those before them stand in. */
  private nearest(wanted: CardTensor): KnownTensor | undefined {
    const found: KnownTensor[] = [];
    for (const { isOptional, outputs } of [...this.#steps].reverse()) {
      const known = outputs.get(wanted.name);
      if (!known || misfit(known.spec, wanted) !== undefined) continue;
      if (!found.some(({ source }) => JSON.stringify(source) === JSON.stringify(known.source))) found.push(known);
      if (!isOptional) break;
    }
    const [first] = found;
    if (!first || found.length === 1) return first;
    return { source: { first: found.map(({ source }) => source) }, spec: first.spec };
  }

  /** The tensor that is written as `<step>.<output>`, `request.<input>`, or several of these with `|` between them. */
  written(text: string, wanted: CardTensor, what: string): KnownTensor {
    const found = text.split('|').map((each) => this.one(each.trim(), wanted, what));
    const [first] = found as [KnownTensor];
    if (found.length === 1) return first;
    return { source: { first: found.map(({ source }) => source) }, spec: first.spec };
  }

  /** The output of a step, whatever takes it. */
  output(text: string, what: string): KnownTensor {
    const [step, tensor] = split(text);
    const known = [...this.#steps].reverse().find(({ name }) => name === step);
    if (!known) {
      const names = this.#steps.map(({ name }) => name).join(', ') || 'none';
      throw new Error(`${what} must name a step before it (${names}); got ${JSON.stringify(text)}`);
    }
    const found = known.outputs.get(tensor);
    if (found) return found;
    const names = [...known.outputs.keys()].join(', ');
    throw new Error(`${what} must name an output of ${step} (${names}); got ${JSON.stringify(text)}`);
  }

  private one(text: string, wanted: CardTensor, what: string): KnownTensor {
    const [step, tensor] = split(text);
    const found = step === REQUEST ? this.request(tensor, wanted) : this.output(text, what);
    const difference = misfit(found.spec, wanted);
    if (difference === undefined) return found;
    throw new Error(`${what} must be ${written(wanted)}; ${text} is ${written(found.spec)}`);
  }
}

/** Step names have no dot; names of tensors may. */
function split(text: string): readonly [step: string, tensor: string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** What keeps a tensor from being an input; a dimension that may vary on either side fits. */
export function misfit(given: CardTensor, wanted: CardTensor): string | undefined {
  if (given.datatype !== wanted.datatype) return 'datatype';
  const fits =
    given.shape.length === wanted.shape.length &&
    given.shape.every((size, at) => size === -1 || wanted.shape[at] === -1 || size === wanted.shape[at]);
  return fits ? undefined : 'shape';
}

export function written({ datatype, shape }: CardTensor): string {
  return `${datatype} [${shape.join(', ')}]`;
}
