/** When a cache asks the predictor behind it. */
export enum CacheStrategy {
  /**
   * Together with the lookup. A miss takes no longer than without a cache, and every request that this environment does
   * not remember the answer of asks the predictor, also the ones that the cache answers.
   */
  CONCURRENT = 'concurrent',
  /** After the lookup, and only where that found nothing. The predictor is asked less; a miss takes longer. */
  LOOKUP_FIRST = 'lookup-first',
}
