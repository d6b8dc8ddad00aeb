import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { EVENT_METRICS, METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that the predict handler emits. */
export function predictorMetric(predictor: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  const known = Object.values({ ...METRICS, ...EVENT_METRICS });
  return emittedMetric(predictor, 'a predictor emits', known, metricName, options);
}
