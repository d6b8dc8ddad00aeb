/** Logical id of the output that says what a stack holds; its value is JSON (`ServingOutput`). */
export const SERVING_OUTPUT = 'Serving';

/** What a deployed service is, and the physical names of what people look up. */
export interface ServingOutput {
  readonly service: string;
  readonly pattern: string;
  readonly model: string;
  readonly auth: string;
  /** Of a service with an HTTP front. */
  readonly apiId?: string;
  readonly stage?: string;
  /** Of one without: where it is asked. */
  readonly url?: string;
  /** Physical name or ARN by role. */
  readonly resources: Readonly<Record<string, string>>;
}
