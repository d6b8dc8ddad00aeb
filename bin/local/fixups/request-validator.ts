import {
  APIGatewayClient,
  CreateRequestValidatorCommand,
  GetRequestValidatorsCommand,
  UpdateMethodCommand,
} from '@aws-sdk/client-api-gateway';
import type { Fixup } from '../fixup';
import { clientConfig } from '../target';

/** The validator itself, of which CloudFormation only makes up an id, and the methods that name it. */
export const requestValidator: Fixup = ({ logicalId, properties, stack }) => {
  const methods = stack
    .ofType('AWS::ApiGateway::Method')
    .filter((method) => (method.properties.RequestValidatorId as { Ref?: string } | undefined)?.Ref === logicalId);
  return [
    {
      what: `request validator ${logicalId} of ${methods.length} methods`,
      call: async (target) => {
        const client = new APIGatewayClient(clientConfig(target));
        const restApiId = stack.resolve(properties.RestApiId);
        const value = await validatorId(client, restApiId, logicalId, properties);
        for (const method of methods) {
          const resourceId = method.physicalId.split('-')[1];
          const httpMethod = stack.resolve(method.properties.HttpMethod);
          const patchOperations = [{ op: 'replace' as const, path: '/requestValidatorId', value }];
          await client.send(new UpdateMethodCommand({ restApiId, resourceId, httpMethod, patchOperations }));
        }
      },
    },
  ];
};

async function validatorId(
  client: APIGatewayClient,
  restApiId: string,
  name: string,
  { ValidateRequestBody, ValidateRequestParameters }: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const { items } = await client.send(new GetRequestValidatorsCommand({ restApiId }));
  const existing = items?.find((validator) => validator.name === name);
  const validator =
    existing ??
    (await client.send(
      new CreateRequestValidatorCommand({
        restApiId,
        name,
        validateRequestBody: ValidateRequestBody === true,
        validateRequestParameters: ValidateRequestParameters === true,
      }),
    ));
  return validator.id;
}
