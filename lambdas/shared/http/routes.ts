import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Operation, ROUTES } from '../contract';
import { ServingError } from '../errors';

const OPERATIONS = new Map<string, Operation>(
  ROUTES.map(({ method, path, operation }) => [`${method} ${path}`, operation]),
);
const METHODS = new Map<string, string>();
for (const { method, path } of ROUTES) METHODS.set(path, method);

/** What a request is for, by the gateway's resource path. */
export function operationOf({ httpMethod, resource }: APIGatewayProxyEvent): Operation {
  const operation = OPERATIONS.get(`${httpMethod} ${resource}`);
  if (operation) return operation;
  const method = METHODS.get(resource);
  if (method) throw new ServingError('METHOD_NOT_ALLOWED', `${resource} takes ${method}, not ${httpMethod}`);
  throw new ServingError('NOT_FOUND', `there is nothing at ${httpMethod} ${resource}`);
}
