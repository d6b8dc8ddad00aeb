import { APIGatewayClient, UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import type { Fixup } from '../fixup';
import { clientConfig } from '../target';

/** Throttles of single methods; the one of all methods (resource path `/*`) is kept. */
export const stage: Fixup = ({ physicalId: stageName, properties, stack }) => {
  const settings = (properties.MethodSettings ?? []) as readonly MethodSetting[];
  return settings
    .filter(({ ResourcePath = '/*', HttpMethod = '*' }) => ResourcePath !== '/*' || HttpMethod !== '*')
    .filter((setting) => patchesOf(setting).length > 0)
    .map((setting) => ({
      what: `throttle of ${setting.HttpMethod} ${setting.ResourcePath}`,
      call: async (target) => {
        const restApiId = stack.resolve(properties.RestApiId);
        const patchOperations = patchesOf(setting);
        await new APIGatewayClient(clientConfig(target)).send(
          new UpdateStageCommand({ restApiId, stageName, patchOperations }),
        );
      },
    }));
};

interface MethodSetting {
  /** With `/` written as `~1`, but for the first: `/~1v2~1models`. */
  readonly ResourcePath?: string;
  readonly HttpMethod?: string;
  readonly ThrottlingRateLimit?: number;
  readonly ThrottlingBurstLimit?: number;
}

function patchesOf({ ResourcePath, HttpMethod, ThrottlingRateLimit, ThrottlingBurstLimit }: MethodSetting) {
  const limits = { rateLimit: ThrottlingRateLimit, burstLimit: ThrottlingBurstLimit };
  return Object.entries(limits)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({
      op: 'replace' as const,
      path: `${ResourcePath}/${HttpMethod}/throttling/${name}`,
      value: String(value),
    }));
}
