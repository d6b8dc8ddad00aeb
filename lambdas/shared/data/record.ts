/** What a store holds under an id. */
export type DataRecord = Readonly<Record<string, unknown>>;

/** Reads records. An id that the store does not know has none. */
export interface DataStore {
  read(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, DataRecord>>;
  /** All ids with their records, in pages; none: the store cannot tell. */
  pages?(signal: AbortSignal): AsyncIterable<ReadonlyMap<string, DataRecord>>;
}
