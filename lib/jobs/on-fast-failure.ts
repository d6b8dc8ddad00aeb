/** What a service with several stages does when the first one fails. */
export enum OnFastFailure {
  /** The second stage is queued all the same, and the answer says so. */
  QUEUE = 'queue',
  /** The request fails, and nothing is queued. */
  FAIL = 'fail',
}
