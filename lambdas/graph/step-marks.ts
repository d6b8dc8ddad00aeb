import { CACHE_HEADERS, type GraphOutput, HEADERS } from '../shared/contract';
import { answersOf } from '../shared/graph/sources';

/**
 * What steps say of their answers, as said of the whole: who stood in for a step stands in for the whole, what is missing
 * of a step is missing, and it is as old as its oldest part. Whether a step was found in a cache is that step's own.
 *
 * @param failed names of the steps that it is without
 */
export function marksOf({ steps }: Pick<GraphOutput, 'steps'>, failed: readonly string[]): Record<string, string> {
  const fallbacks = new Set<string>();
  const missing = [...failed];
  let age: number | undefined;
  for (const [name, answer] of answersOf(steps)) {
    const {
      [CACHE_HEADERS.age]: seconds,
      [HEADERS.fallback]: fallback,
      [HEADERS.partial]: partial,
    } = answer.marks ?? {};
    if (fallback !== undefined) fallbacks.add(fallback);
    if (partial !== undefined) missing.push(...partial.split(', ').map((inner) => `${name}/${inner}`));
    if (seconds !== undefined) age = Math.max(age ?? 0, Number(seconds));
  }
  return {
    ...(missing.length > 0 && { [HEADERS.partial]: missing.join(', ') }),
    ...(fallbacks.size > 0 && { [HEADERS.fallback]: [...fallbacks].join(', ') }),
    ...(age !== undefined && { [CACHE_HEADERS.age]: `${age}` }),
  };
}
