import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { JOB_METRICS, type METRIC_DIMENSIONS, METRIC_NAMESPACE } from '../../lambdas/shared/contract';

/** A metric that the functions that know jobs emit, under the dimensions that they emit it with. */
export function jobMetric(
  jobs: { readonly serviceName: string; readonly modelName: string },
  metricName: string,
  options?: MetricOptions,
): Metric {
  const names = Object.values(JOB_METRICS).map(({ name }) => name);
  if (!names.some((name) => name === metricName)) {
    throw new Error(`No metric ${JSON.stringify(metricName)}; jobs emit ${names.join(', ')}`);
  }
  const values: Record<(typeof METRIC_DIMENSIONS)[number], string> = {
    service: jobs.serviceName,
    model: jobs.modelName,
  };
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: values,
    period: Duration.minutes(5),
    ...options,
  });
}
