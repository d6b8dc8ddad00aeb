/** What a `DataCache` keeps of the data of an id. */
export enum CachedData {
  /** What the model takes: a hit does no preprocessing. A new preprocessing finds nothing of the one before. */
  PREPROCESSED = 'preprocessed',
  /** What the store holds: it is preprocessed for each request, and a new preprocessing finds it. */
  RAW = 'raw',
}
