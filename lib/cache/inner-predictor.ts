import { DataPredictor } from '../data/data-predictor';
import { FrontedPredictor } from '../patterns/front';
import { Predictor } from '../predictor/predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import { CachedPredictor } from './cached-predictor';

/**
 * The predictor whose model answers, as far as nothing stands before it that could answer otherwise. Its answers carry
 * its own revision; those of others that are made of several carry the revision of one of them.
 */
export function innerPredictor(predictor: IPredictor): Predictor | undefined {
  if (predictor instanceof Predictor) return predictor;
  const isTransparent = predictor instanceof FrontedPredictor || predictor instanceof CachedPredictor;
  return isTransparent ? innerPredictor(predictor.predictor) : undefined;
}

/** The revision that answers carry where the one of the predictor is made of more, as far as that is known. */
export function answerRevision(predictor: IPredictor): string | undefined {
  const handsOn =
    predictor instanceof FrontedPredictor || predictor instanceof CachedPredictor || predictor instanceof DataPredictor;
  if (handsOn) return answerRevision(predictor.predictor);
  return predictor instanceof Predictor ? predictor.revision : undefined;
}
