/** How a predictor is reached. */
export enum PredictorTransport {
  /** A Lambda function; the address is the ARN of its alias. */
  LAMBDA = 'lambda',
}

/** Where a predictor is reached. */
export interface PredictorTarget {
  /** How it is reached. */
  readonly transport: PredictorTransport;
  /** The address within the transport. */
  readonly address: string;
}
