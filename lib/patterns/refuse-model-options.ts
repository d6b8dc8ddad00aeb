import type { PredictorOptions } from '../predictor/predictor-options';

/**
 * A predictor that exists has its own function; an option for the one of a model would be lost without a word.
 *
 * @param others options that would be of that function too
 */
export function refuseModelOptions(options: PredictorOptions, others: Readonly<Record<string, unknown>> = {}): void {
  const { deadline, memory, ephemeralStorage, architecture, payloadLog } = options;
  const { reservedConcurrency, provisionedConcurrency, maxProvisionedConcurrency } = options;
  const given = Object.entries({
    deadline,
    memory,
    ephemeralStorage,
    architecture,
    reservedConcurrency,
    provisionedConcurrency,
    maxProvisionedConcurrency,
    payloadLog,
    ...others,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length === 0) return;
  throw new Error(`${given.join(', ')} must be given to the predictor itself: this one has a function already.`);
}

/** Hooks run in the function of a model, before and after it; what stands before that one sees tensors alone. */
export function refuseHooks({ postprocess, preprocess }: PredictorOptions, pattern: string): void {
  const given = Object.entries({ preprocess, postprocess }).flatMap(([name, hook]) => (hook ? [name] : []));
  if (given.length === 0) return;
  throw new Error(
    `${given.join(', ')} must not be given: ${pattern} asks its predictor for tensors, which no hook reads`,
  );
}
