import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { GRAPH_METRICS, JOB_METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that the functions that know jobs emit. */
export function jobMetric(jobs: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  return emittedMetric(jobs, 'jobs emit', Object.values(JOB_METRICS), metricName, options);
}

/** The same where several models answer a job: it may lack the answer of one. */
export function fanOutMetric(jobs: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  const known = Object.values({ ...JOB_METRICS, ...GRAPH_METRICS });
  return emittedMetric(jobs, 'jobs of several models emit', known, metricName, options);
}
