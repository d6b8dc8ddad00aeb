import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { RequestLog } from '../shared/telemetry/request-log';
import { writeLine } from '../shared/telemetry/write-line';
import { authorize } from './authorize';
import { readSettings } from './settings';
import { TokenVerifier } from './verify-token';

const { service, environment, jwt } = readSettings(process.env);
const log = new RequestLog({ service, environment, write: writeLine });
const verifier = new TokenVerifier(jwt);

export const handler = (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> =>
  authorize(event, { verifier, scopes: jwt.scopes, log });
