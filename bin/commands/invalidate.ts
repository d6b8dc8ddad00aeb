import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CacheTable } from '../../lambdas/shared/cache/cache-table';
import { invalidate as forget, type Invalidation } from '../../lambdas/shared/cache/invalidate';
import { clockOf } from '../caches/clock-of';
import { cacheOf } from '../caches/service-cache';
import type { CommandContext, CommonOptions } from './context';
import { atService } from './deployed-service';

export interface InvalidateOptions extends CommonOptions {
  readonly key?: string;
  readonly all?: boolean;
}

/** Longer than any answer of DynamoDB. */
const TIMEOUT_MS = 10_000;

/** Has the cache of a service answer with nothing that it holds now: of a key, of its model, or at all. */
export async function invalidate(
  context: CommandContext,
  service: string,
  { key, all = false, ...options }: InvalidateOptions,
): Promise<number> {
  return atService(context, service, options, async ({ config, stack }) => {
    const client = new CloudFormationClient(config);
    const now = clockOf(client);
    const { model, table } = await cacheOf(client, stack);
    const what: Invalidation = key !== undefined ? { key } : all ? 'all' : { model };
    await forget(new CacheTable(table, TIMEOUT_MS, { ...config }), what, now());
    const named = key !== undefined ? `The entry ${key}` : all ? 'Everything' : `Everything of the model ${model}`;
    context.terminal.err(
      `${named} in the cache of ${service} is invalid. What environments remember they answer with until memoryTtl is over.\n`,
    );
    return 0;
  });
}
