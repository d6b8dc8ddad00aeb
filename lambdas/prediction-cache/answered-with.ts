import type { Question } from '../composed/service';
import { attempt } from '../shared/cache/attempt';
import type { Entry } from '../shared/cache/cache-store';
import type { PredictorSuccess } from '../shared/contract';
import { answerFrom } from './cached-answer';
import { hasRevalidated } from './revalidation';
import type { PredictionCache } from './service';
import type { Tally } from './tally';

/** An entry as an answer; undefined where it is none. A stale one is answered with while it is refreshed. */
export async function answeredWith(
  entry: Entry,
  key: string,
  question: Question,
  cache: PredictionCache,
  tally: Tally,
): Promise<PredictorSuccess | undefined> {
  const answered = await attempt('decode', 1000, async () => answerFrom(entry, question, cache), tally.log);
  if (!answered) return undefined;
  // One that nobody refreshes would be answered with until it is gone.
  if (entry.stale && !(await hasRevalidated(question, key, cache, tally.log))) return undefined;
  tally.outcome(entry.stale ? 'STALE' : 'HIT');
  return answered.value;
}
