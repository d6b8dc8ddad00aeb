import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CACHE_METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that the functions with a cache emit. */
export function cacheMetric(cache: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  return emittedMetric(cache, 'a cache emits', Object.values(CACHE_METRICS), metricName, options);
}
