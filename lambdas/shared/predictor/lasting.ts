import { CACHE_HEADERS, type PredictorSuccess } from '../contract';

const OF_CACHES: readonly string[] = Object.values(CACHE_HEADERS);

/** Whether an answer is good for others, and later, too. One that carries a mark (a fallback, say) is of its moment only. */
export function isLasting({ marks = {} }: Pick<PredictorSuccess, 'marks'>): boolean {
  return Object.keys(marks).every((name) => OF_CACHES.includes(name));
}
