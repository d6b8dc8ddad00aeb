import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { BATCH_METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that the functions of a batch emit. */
export function batchMetric(batch: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  return emittedMetric(batch, 'a batch emits', Object.values(BATCH_METRICS), metricName, options);
}
