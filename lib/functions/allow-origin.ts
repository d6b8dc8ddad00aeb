import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../../lambdas/shared/contract';

const allowed = new WeakMap<LambdaFunction, string>();

/** The answers of a function name one origin: two fronts before it cannot have two. */
export function allowOrigin(handler: LambdaFunction, origin: string): void {
  const before = allowed.get(handler);
  if (before !== undefined && before !== origin) {
    throw new Error(`corsOrigin must be the same for all APIs before one function; got ${before} and ${origin}`);
  }
  allowed.set(handler, origin);
  handler.addEnvironment(ENV.corsOrigin, origin);
}
