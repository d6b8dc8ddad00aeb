import { Token } from 'aws-cdk-lib';
import { Period, type RestApi, UsagePlan } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { ApiKeyOptions } from './auth';

/** API keys with the limits of each. */
export function addUsagePlan(
  scope: Construct,
  api: RestApi,
  { callers, rate, burst, quotaPerDay }: ApiKeyOptions,
): UsagePlan {
  const plan = new UsagePlan(scope, 'UsagePlan', {
    apiStages: [{ api, stage: api.deploymentStage }],
    ...((rate ?? burst) !== undefined && { throttle: { rateLimit: rate, burstLimit: burst } }),
    ...(quotaPerDay !== undefined && { quota: { limit: quotaPerDay, period: Period.DAY } }),
  });
  const keys = callers?.map((caller) => ({ id: `ApiKey-${caller}`, description: caller })) ?? [{ id: 'ApiKey' }];
  for (const { id, ...options } of keys) plan.addApiKey(api.addApiKey(id, options));
  return plan;
}

export function validateApiKey({ callers, rate, burst, quotaPerDay }: ApiKeyOptions): void {
  if (rate !== undefined && !Token.isUnresolved(rate) && !(rate > 0 && Number.isFinite(rate))) {
    throw new Error(`auth.apiKey.rate must be a number greater than 0; got ${rate}`);
  }
  for (const [name, value] of Object.entries({ burst, quotaPerDay })) {
    if (value !== undefined && !Token.isUnresolved(value) && !(Number.isInteger(value) && value > 0)) {
      throw new Error(`auth.apiKey.${name} must be a whole number greater than 0; got ${value}`);
    }
  }
  if ((rate === undefined) !== (burst === undefined)) {
    const missing = rate === undefined ? 'rate' : 'burst';
    throw new Error(`auth.apiKey.${missing} is missing: rate and burst belong together`);
  }
  if (!callers) return;
  const twice = callers.find((caller, index) => callers.indexOf(caller) !== index);
  const odd = callers.find((caller) => !/^[\w.@-]{1,64}$/.test(caller)) ?? twice;
  if (odd !== undefined || callers.length === 0) {
    throw new Error(
      `auth.apiKey.callers must be different names of letters, digits and ._@-, at least one; got ${JSON.stringify(callers)}`,
    );
  }
}
