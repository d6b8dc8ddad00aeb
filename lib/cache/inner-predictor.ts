import { FrontedPredictor } from '../patterns/front';
import { Predictor } from '../predictor/predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import { CachedPredictor } from './cached-predictor';

/**
 * The predictor whose model answers, as far as nothing stands before it that could answer otherwise. Where a pointer names
 * its model, the revision that its answers carry is the one that the pointer gives.
 */
export function innerPredictor(predictor: IPredictor): Predictor | undefined {
  if (predictor instanceof Predictor) return predictor;
  const isTransparent = predictor instanceof FrontedPredictor || predictor instanceof CachedPredictor;
  return isTransparent ? innerPredictor(predictor.predictor) : undefined;
}
