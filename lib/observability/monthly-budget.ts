import { Tags, Token } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';

/** A budget of a service: e-mails when its costs of a month pass 80 %, and when they are expected to pass all of it. */
export interface MonthlyBudget {
  /** Addresses that are told, one to ten. */
  readonly emails: string[];
  /**
   * What the service may cost a month, in US dollars.
   * @default - `monthlyCostUsd` on the model card
   */
  readonly amountUsd?: number;
}

/** Tag that AWS tells the costs of services apart by. */
const COST_TAG = 'service';

/**
 * @internal AWS Budgets counts by tag: everything in `counted` gets it. The tag counts once it has been activated as a
 * cost allocation tag in the account that pays.
 */
export function addMonthlyBudget(
  scope: Construct,
  id: string,
  options: { counted: Construct; serviceName: string; amountUsd: number; emails: readonly string[] },
): CfnBudget {
  const { counted, serviceName, amountUsd, emails } = options;
  if (!Token.isUnresolved(amountUsd) && !(amountUsd > 0)) {
    throw new Error(`monthlyBudget.amountUsd must be more than 0; got ${amountUsd}`);
  }
  if (emails.length < 1 || emails.length > 10) {
    throw new Error(`monthlyBudget.emails must be one to ten addresses; got ${emails.length}`);
  }
  Tags.of(counted).add(COST_TAG, serviceName);
  const notify = (notificationType: string, threshold: number) => ({
    notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
    subscribers: emails.map((address) => ({ subscriptionType: 'EMAIL', address })),
  });
  return new CfnBudget(scope, id, {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: amountUsd, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:${COST_TAG}$${serviceName}`] },
    },
    notificationsWithSubscribers: [notify('ACTUAL', 80), notify('FORECASTED', 100)],
  });
}
