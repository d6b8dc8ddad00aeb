import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { BREAKER_METRICS, METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that a circuit break emits. */
export function breakerMetric(breaker: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  const known = Object.values({ ...METRICS, ...BREAKER_METRICS });
  return emittedMetric(breaker, 'a circuit break emits', known, metricName, options);
}
