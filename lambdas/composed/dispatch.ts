import type { APIGatewayProxyEvent } from 'aws-lambda';
import { answerInvoke } from '../shared/predictor/answer-invoke';
import { handleHttp } from './http';
import { answerInvoked } from './invoke';
import type { Composed } from './service';

/** A composed predictor is asked by a gateway, or by another function or a workflow. */
export async function dispatch(event: unknown, composed: Composed): Promise<unknown> {
  if (typeof event !== 'object' || event === null) return answerInvoke({}, composed, answerInvoked);
  if ('httpMethod' in event) return handleHttp(event as APIGatewayProxyEvent, composed);
  return answerInvoke(event, composed, answerInvoked);
}
