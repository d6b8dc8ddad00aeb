import type { Question } from '../composed/service';
import type { Entry } from '../shared/cache/cache-store';
import { decodeTensors, encodeTensors } from '../shared/cache/tensor-codec';
import { CACHE_HEADERS, CONTRACT_VERSION, type ModelIdentity, type PredictorSuccess } from '../shared/contract';
import { outputTensors } from '../shared/predictor/exchange';
import { inferObject } from '../shared/protocol/infer';
import type { PredictionCache } from './service';

/** How the cache took part in an answer. */
export type CacheOutcome = 'MISS' | 'HIT' | 'STALE' | 'BYPASS';

/** The answer of a predictor as bytes: who answered, and the values of its tensors exactly. */
export function encodeAnswer({ model, response }: PredictorSuccess, { manifest }: PredictionCache): Uint8Array {
  return encodeTensors(model, outputTensors(response, manifest.outputs));
}

/** The answer as the predictor gave it, in the order in which this request wants its outputs. */
export function answerFrom(
  { body, stale, storedAt }: Entry,
  { inference }: Question,
  { manifest, store }: Pick<PredictionCache, 'manifest' | 'store'>,
): PredictorSuccess {
  const startMs = store.clock();
  const { about: model, tensors } = decodeTensors<ModelIdentity>(body);
  const outputs = inference.outputs.flatMap((name) => tensors.find((tensor) => tensor.name === name) ?? []);
  if (outputs.length < inference.outputs.length) throw new Error('the entry lacks an output');
  const endMs = store.clock();
  return marked(
    {
      v: CONTRACT_VERSION,
      status: 200,
      model,
      // Of those who answered then: that is what the entry was looked for with.
      revision: manifest.source === 'pointer' ? undefined : manifest.revision,
      response: inferObject(model, inference, outputs),
      stages: [{ name: 'cache', startMs, endMs, bytes: body.byteLength, status: 200 }],
    },
    stale ? 'STALE' : 'HIT',
    { [CACHE_HEADERS.age]: `${Math.max(0, Math.floor((endMs - storedAt) / 1000))}` },
  );
}

/** The nearest cache says what it did; what others did stays said. */
export function marked(
  success: PredictorSuccess,
  outcome: CacheOutcome,
  more: Readonly<Record<string, string>> = {},
): PredictorSuccess {
  return { ...success, marks: { ...success.marks, [CACHE_HEADERS.cache]: outcome, ...more } };
}

/** When an answer was made: one from another cache behind is as old as that one says. */
export function madeAt({ marks = {} }: PredictorSuccess, now: number): number {
  return now - 1000 * Number(marks[CACHE_HEADERS.age] ?? 0);
}
