import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { JOB_METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that the functions that know jobs emit. */
export function jobMetric(jobs: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  return emittedMetric(jobs, 'jobs emit', Object.values(JOB_METRICS), metricName, options);
}
