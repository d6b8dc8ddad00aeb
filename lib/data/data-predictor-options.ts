import type { Duration } from 'aws-cdk-lib';
import type { CacheOptions } from '../cache/cache-options';
import type { CacheStrategy } from '../cache/cache-strategy';
import type { ComposedPredictorOptions } from '../predictor/composed-predictor';
import type { Hook } from '../predictor/hook';
import type { CachedData } from './cached-data';
import type { DataStore } from './data-store';

/** How data are found, made into inputs and cached; every option has a default. */
export interface DataPredictorOptions extends CacheOptions, ComposedPredictorOptions {
  /**
   * Where the data are, by id.
   * @default - a table is made, with text ids under the key `id`; it is kept when the stack is destroyed
   */
  readonly store?: DataStore;
  /**
   * Attributes of a record that an input of the model is made of, in their order. A single one may be a list of values.
   * @default - the `features` of the input on the model's card, or an attribute of the input's name
   */
  readonly columns?: { [input: string]: string[] };
  /**
   * Code of yours that makes a record, with the attributes that inputs are made of, of the record that the store holds:
   * a module whose default export takes one and gives the other.
   * @default - none: the record of the store
   */
  readonly prepareData?: Hook;
  /**
   * What is cached: what the model takes, or what the store holds.
   * @default CachedData.PREPROCESSED
   */
  readonly cachedData?: CachedData;
  /**
   * When the store is asked: together with the cache, or only where that found nothing.
   * @default - `CacheStrategy.CONCURRENT`; with `prepared` `CacheStrategy.LOOKUP_FIRST`
   */
  readonly strategy?: CacheStrategy;
  /**
   * Whether the cache is filled when data enter the store, before anybody asks: from the stream of a table, or the events
   * of a bucket. What is changed or deleted in the store is so in the cache.
   * @default false
   */
  readonly prepared?: boolean;
  /**
   * How often the cache is filled with everything that is in the store, a table or a bucket. Whole minutes,
   * less than `ttl`.
   * @default - never
   */
  readonly refreshEvery?: Duration;
  /**
   * How long an id is known to be unknown; until then data that came meanwhile are not found. At most 5 minutes; 0 looks
   * for it each time.
   * @default - 0
   */
  readonly unknownTtl?: Duration;
  /**
   * Longest time of a read of the store.
   * @default Duration.seconds(2)
   */
  readonly storeTimeout?: Duration;
  /**
   * Longest time to an answer. It must hold that of the predictor, `storeTimeout` and, where the cache is asked first,
   * `cacheTimeout`. Behind an API at most 29 s.
   * @default - these together, and half a second
   */
  readonly dataDeadline?: Duration;
}
