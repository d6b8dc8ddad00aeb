/** What a DataCache knows of the data that the inputs of its model are made from. */

import type { InputSpec } from './tensors';

/** Where the data are, by id. JSON in `DataSettings`. */
export type StoreSettings =
  | {
      readonly kind: 'table';
      readonly table: string;
      /** Name and type of the table's key. */
      readonly key: string;
      readonly numeric: boolean;
    }
  | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string; readonly suffix: string }
  /** `{id}` stands for the id. */
  | { readonly kind: 'http'; readonly url: string };

/** How data become inputs, and how they are cached. */
export interface DataSettings {
  readonly store: StoreSettings;
  /** Inputs of the predictor. */
  readonly inputs: readonly InputSpec[];
  /** Attributes that an input is made of, in this order. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** What is cached: what the store holds, or what the model takes. */
  readonly form: 'raw' | 'preprocessed';
  /** Changes with everything that makes inputs of data. */
  readonly version: string;
  readonly strategy: 'concurrent' | 'lookup-first';
  /** Milliseconds that an id is known to be unknown; 0: it is looked for each time. */
  readonly unknownTtlMs: number;
  /** Longest time of a read of the store. */
  readonly storeTimeoutMs: number;
  /** Whether there is a hook that makes a record of a record. */
  readonly hook: boolean;
}

export const DATA_ENV = {
  /** JSON `DataSettings`. */
  settings: 'SERVING_DATA',
} as const;

/** Folder beside the manifest with the user's code that makes a record of a record. */
export const RECORD_HOOK = 'record';

/** The one input of a DataCache. */
export const ID_INPUT = 'id';

/** What a schedule sends to the function that fills a cache: all of the store. */
export const REFRESH = { kind: 'refresh' } as const;

/** What fills count as. */
export const DATA_METRICS = {
  filled: { name: 'DataFilled', unit: 'Count' },
  /** Records that could not be read or prepared. */
  fillFailures: { name: 'DataFillFailures', unit: 'Count' },
  /** Reads of the store that ended, by requests. */
  storeReads: { name: 'StoreReads', unit: 'Count' },
} as const;
