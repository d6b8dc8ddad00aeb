import { createHash } from 'node:crypto';
import type { ModelManifest, PredictorSuccess } from '../contract';

/** The revision of whoever answered, all that is behind it included. */
export function answeredRevision({ model, revision }: PredictorSuccess): string {
  return revision ?? model.revision;
}

/** Of an answer in which others took part than the ones that a revision is made of; it stands for nothing else. */
export function mixedRevision(own: string, others: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([own, ...others]))
    .digest('hex')
    .slice(0, 12);
}

/**
 * What a predictor that asks others gives, with its revision. During a release, and after one that was taken back, those
 * behind it may be others than it was made with: then the answer is of neither the one release nor the other.
 */
export function withRevision(
  success: PredictorSuccess,
  { behind, revision, source }: Pick<ModelManifest, 'behind' | 'revision' | 'source'>,
): PredictorSuccess {
  if (source === 'pointer') return success;
  const told = answeredRevision(success);
  const isOwn = told === revision || told === behind;
  return { ...success, revision: isOwn ? revision : mixedRevision(revision, [told]) };
}
