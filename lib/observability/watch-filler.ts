import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DATA_METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';
import type { ServiceMonitoring } from './service-monitoring';

/** Whether the cache has what the store has: events that are given up leave old data in it. */
export function watchFiller(monitoring: ServiceMonitoring, filler: IFunction, data: MetricEmitter): void {
  const { filled, fillFailures } = DATA_METRICS;
  const sum = ({ name }: { name: string }) =>
    emittedMetric(data, 'a filler emits', Object.values(DATA_METRICS), name, { statistic: Stats.SUM });
  monitoring.addAlarm('FillerAlarm', {
    metric: filler.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
    threshold: 0,
    meaning:
      'changes of the store do not reach the cache, and are given up after some tries: it answers with old data.',
    action: 'Read the error in the log of the filler; once it works, invalidate the cache or have it refreshed.',
  });
  monitoring.addAlarm('FillFailuresAlarm', {
    metric: sum(fillFailures),
    threshold: 0,
    meaning: 'no input can be made of some records, or a refresh of the cache failed.',
    action: 'Read the reason in the log lines fill_failed and refresh_failed; correct the records.',
  });
  monitoring.addGraph({
    title: 'Data filled in before they were asked for',
    metrics: [sum(filled), sum(fillFailures)],
  });
}
