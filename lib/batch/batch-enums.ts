/** Format of the files of a batch. */
export enum BatchFormat {
  /** Values between delimiters, with a header. */
  CSV = 'csv',
  /** A JSON value in each line. */
  JSONL = 'jsonl',
  /** Apache Parquet. */
  PARQUET = 'parquet',
}

/** What is tried again when a mini-job fails. */
export enum BatchRetry {
  /** The mini-jobs that failed, and no other. */
  FAILED = 'failed',
  /** The whole run: results belong together, and are of one time. */
  ALL = 'all',
  /** Nothing: what is missing is for the next run. */
  NONE = 'none',
}

/** What becomes of a trigger while a run goes. */
export enum BatchOverlap {
  /** It is refused; the run is there, and says so. */
  REFUSE = 'refuse',
  /** Its run waits for its turn. */
  QUEUE = 'queue',
}
