import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ServingError } from '../errors';

interface Route<Operation extends string> {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Finds what a request is for, by the gateway's resource path. */
export function routerOf<Operation extends string>(routes: readonly Route<Operation>[]) {
  const operations = new Map(routes.map(({ method, path, operation }) => [`${method} ${path}`, operation]));
  const methods = new Map<string, string>();
  for (const { method, path } of routes) methods.set(path, [methods.get(path), method].filter(Boolean).join(', '));
  return ({ httpMethod, resource }: APIGatewayProxyEvent): Operation => {
    const operation = operations.get(`${httpMethod} ${resource}`);
    if (operation) return operation;
    const method = methods.get(resource);
    if (method) throw new ServingError('METHOD_NOT_ALLOWED', `${resource} takes ${method}, not ${httpMethod}`);
    throw new ServingError('NOT_FOUND', `there is nothing at ${httpMethod} ${resource}`);
  };
}
