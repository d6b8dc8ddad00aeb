import type { PredictionCacheEnv } from '../shared/cache/cache-env';
import { LIVE_ALIAS } from '../shared/contract';
import type { Revalidation } from './revalidation';

/** Invokes this function by its own alias and does not wait for it. The client is loaded with the first stale entry. */
export function revalidationSender({
  cache: { timeoutMs },
  clientOptions,
  functionName,
}: Pick<PredictionCacheEnv, 'cache' | 'clientOptions' | 'functionName'>): (message: Revalidation) => Promise<void> {
  const connect = async () => {
    const { InvokeCommand, LambdaClient } = await import('../shared/predictor/lambda-client');
    const requestHandler = { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true };
    return { client: new LambdaClient({ maxAttempts: 1, requestHandler, ...clientOptions }), InvokeCommand };
  };
  let connection: ReturnType<typeof connect> | undefined;
  return async (message) => {
    connection ??= connect();
    const { client, InvokeCommand } = await connection;
    const command = new InvokeCommand({
      FunctionName: `${functionName}:${LIVE_ALIAS}`,
      InvocationType: 'Event',
      Payload: JSON.stringify(message),
    });
    await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
  };
}
