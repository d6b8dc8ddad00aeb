import type { Question } from '../composed/service';
import type { FallbackReason, FallbackSettings, ModelManifest, PredictorSuccess } from '../shared/contract';
import { HEADERS } from '../shared/contract';
import { ServingError } from '../shared/errors';
import { askPredictor } from '../shared/predictor/ask';
import type { CallPredictor } from '../shared/predictor/call';
import { constantAnswer } from './constant-answer';
import type { LastResults } from './last-results';

/** Why the predictor gives no answer. */
export interface Refusal {
  readonly reason: FallbackReason;
  readonly retryAfterMs: number;
  /** Where it was asked: its error. */
  readonly error?: ServingError;
}

export type FallBack = (question: Question, refusal: Refusal) => Promise<PredictorSuccess>;

export interface FallbackParts {
  readonly settings: FallbackSettings;
  readonly manifest: ModelManifest;
  readonly call: (address: string) => CallPredictor;
  readonly lastResults?: LastResults;
}

/** The declared answer in the predictor's place, marked with the reason; or the error that says why there is none. */
export function fallBackTo({ call, lastResults, manifest, settings }: FallbackParts): FallBack {
  const answer = answerOf();
  return async (question, refusal) => {
    const found = await answer(question).catch((cause) => {
      throw refusalError(refusal, cause);
    });
    if (!found) throw refusalError(refusal);
    return { ...found, marks: { ...found.marks, [HEADERS.fallback]: refusal.reason } };
  };

  function answerOf(): (question: Question) => Promise<PredictorSuccess | undefined> {
    switch (settings.kind) {
      case 'refuse':
        return async () => undefined;
      case 'constant':
        return async ({ inference }) => constantAnswer(settings.outputs, inference, manifest);
      case 'predictor': {
        const ask = call(settings.predictor);
        return async (question) => (await askPredictor(ask, question, question.inference, manifest)).success;
      }
      case 'last-result':
        return async (question) => {
          const found = await lastResults?.find(question);
          return found && { ...found, response: { ...found.response, id: question.inference.id } };
        };
    }
  }
}

/** Time of the deadline that the fallback needs. */
export function reserveOf(settings: FallbackSettings): number {
  if (settings.kind === 'predictor') return settings.deadlineMs;
  return settings.kind === 'last-result' ? 500 : 0;
}

function refusalError({ error, reason, retryAfterMs }: Refusal, cause?: unknown): ServingError {
  // What the predictor said is nearer to the truth than that nobody stands in for it.
  if (error) return error;
  const why =
    reason === 'open' ? 'The predictor failed too often; it is not asked for a while.' : 'As many requests run as may.';
  return new ServingError('UNAVAILABLE', why, { retryAfterMs, cause });
}
