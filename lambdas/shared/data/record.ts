/** What a store holds under an id. */
export type DataRecord = Readonly<Record<string, unknown>>;

/** There is something under an id, and it is no record. Only who asks for that id hears of it. */
export class UnreadableRecord {
  constructor(readonly reason: unknown) {}
}

export type StoredRecord = DataRecord | UnreadableRecord;

/** Reads records. An id that the store does not know has none. */
export interface DataStore {
  read(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, StoredRecord>>;
  /** All ids with their records, in pages; none: the store cannot tell. */
  pages?(signal: AbortSignal): AsyncIterable<ReadonlyMap<string, StoredRecord>>;
}

/** JSON as a record. */
export function recordOfJson(text: string): StoredRecord {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DataRecord;
    throw new Error('the data are no JSON object');
  } catch (error) {
    return new UnreadableRecord(error);
  }
}
