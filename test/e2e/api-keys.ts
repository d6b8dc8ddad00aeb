import { APIGatewayClient, GetApiKeyCommand, GetUsagePlanKeysCommand } from '@aws-sdk/client-api-gateway';
import { clientConfig, type Target } from '../../bin/local/target';

/** The values of the keys of a usage plan. */
export async function keysOf(target: Target, usagePlanId: string): Promise<string[]> {
  const client = new APIGatewayClient(clientConfig(target));
  const { items = [] } = await client.send(new GetUsagePlanKeysCommand({ usagePlanId }));
  const keys = await Promise.all(
    items.map(({ id }) => client.send(new GetApiKeyCommand({ apiKey: id, includeValue: true }))),
  );
  return keys.map(({ value = '' }) => value);
}
