import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { EVENT_METRICS, type METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS } from '../../lambdas/shared/contract';

/** A metric that the predict handler emits, under the dimensions that it emits it with. */
export function predictorMetric(
  predictor: { readonly serviceName: string; readonly modelName: string },
  metricName: string,
  options?: MetricOptions,
): Metric {
  const names = Object.values({ ...METRICS, ...EVENT_METRICS }).map(({ name }) => name);
  if (!names.some((name) => name === metricName)) {
    throw new Error(`No metric ${JSON.stringify(metricName)}; a predictor emits ${names.join(', ')}`);
  }
  const values: Record<(typeof METRIC_DIMENSIONS)[number], string> = {
    service: predictor.serviceName,
    model: predictor.modelName,
  };
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: values,
    period: Duration.minutes(5),
    ...options,
  });
}
