import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type METRIC_DIMENSIONS, METRIC_NAMESPACE } from '../../lambdas/shared/contract';

/** What emits metrics: the values of their dimensions. */
export interface MetricEmitter {
  readonly serviceName: string;
  readonly modelName: string;
}

/**
 * One of the metrics that our functions emit, under the dimensions that they emit it with.
 *
 * @param who says in the error what emits others: `jobs emit`
 */
export function emittedMetric(
  { modelName, serviceName }: MetricEmitter,
  who: string,
  known: readonly { readonly name: string }[],
  metricName: string,
  options?: MetricOptions,
): Metric {
  const names = known.map(({ name }) => name);
  if (!names.includes(metricName)) {
    throw new Error(`No metric ${JSON.stringify(metricName)}; ${who} ${names.join(', ')}`);
  }
  const dimensions: Record<(typeof METRIC_DIMENSIONS)[number], string> = { service: serviceName, model: modelName };
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: dimensions,
    period: Duration.minutes(5),
    ...options,
  });
}
