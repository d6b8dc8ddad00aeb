import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ServiceMonitoring } from './service-monitoring';

/** How many environments of a function run, and whether that was too few. */
export function watchFunction(monitoring: ServiceMonitoring, fn: IFunction): void {
  const throttles = fn.metricThrottles({ statistic: Stats.SUM });
  monitoring.addAlarm('ThrottleAlarm', {
    metric: throttles,
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'Lambda turned calls of the function away (503): as many ran as its or the account’s concurrency allows.',
    action: 'Raise reservedConcurrency or the quota of the account, or lower throttle, so that the API answers 429.',
  });
  monitoring.addGraph({
    title: 'Calls at once, and calls turned away',
    metrics: [
      fn.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, label: 'at once' }),
      throttles.with({ label: 'turned away' }),
    ],
  });
}
