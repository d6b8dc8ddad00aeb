import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BreakerRow } from '../../lambdas/shared/breaker/breaker-row';
import { UnreadableRowError } from '../../lambdas/shared/breaker/row-store';
import type { ForcedState } from '../../lambdas/shared/contract';
import { readBreaker, resetBreaker, setForced } from '../breaker/breaker-row';
import { breakerTablesOf } from '../breaker/service-breakers';
import { UsageError } from '../local/errors';
import type { CommandContext, CommonOptions } from './context';
import { atService } from './deployed-service';

/** What an operator says, and what is written into the row. */
export const BREAKER_ACTIONS = ['status', 'open', 'close', 'auto'] as const;
export type BreakerAction = (typeof BREAKER_ACTIONS)[number];

const FORCED: Readonly<Record<Exclude<BreakerAction, 'status'>, ForcedState | undefined>> = {
  open: 'OPEN',
  close: 'CLOSED',
  auto: undefined,
};

/** Shows the breakers of a service, or decides over their heads. */
export async function breaker(
  context: CommandContext,
  service: string,
  action: BreakerAction,
  options: CommonOptions,
): Promise<number> {
  return atService(context, service, options, async ({ config, stack }) => {
    const tables = await breakerTablesOf(new CloudFormationClient(config), stack);
    const client = new DynamoDBClient(config);
    for (const [role, table] of Object.entries(tables)) {
      const unreadable = await reasonItCannotBeRead(client, table);
      if (unreadable && action === 'status') {
        throw new UsageError(`${role}: ${unreadable}. "breaker ${service} auto" has it begin anew.`);
      }
      if (unreadable) await resetBreaker(client, table);
      if (action !== 'status') await setForced(client, table, FORCED[action]);
      context.terminal.out(`${role}: ${describeBreaker(await readBreaker(client, table), Date.now())}\n`);
    }
    return 0;
  });
}

async function reasonItCannotBeRead(client: DynamoDBClient, table: string): Promise<string | undefined> {
  try {
    await readBreaker(client, table);
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableRowError) return error.message;
    throw error;
  }
}

/** The state in words, as the functions see it now. */
export function describeBreaker({ forced, probe, probeUntil = 0, state, until = 0 }: BreakerRow, now: number): string {
  if (forced) return `FORCED_${forced} by an operator`;
  if (state === 'CLOSED') return 'CLOSED';
  if (now < until) return `OPEN, for ${Math.ceil((until - now) / 1000)} s more`;
  return probe !== undefined && now < probeUntil
    ? 'HALF_OPEN, a probe is under way'
    : 'HALF_OPEN, the next call probes';
}
