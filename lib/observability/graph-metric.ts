import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { EVENT_METRICS, GRAPH_METRICS, METRICS, STAGE_DIMENSION, STAGE_METRICS } from '../../lambdas/shared/contract';
import { emittedMetric, type MetricEmitter } from './emitted-metric';

/** A metric that the front of a graph emits. */
export function graphMetric(graph: MetricEmitter, metricName: string, options?: MetricOptions): Metric {
  const known = Object.values({ ...METRICS, ...EVENT_METRICS, ...GRAPH_METRICS });
  return emittedMetric(graph, 'a graph emits', known, metricName, options);
}

/** A metric that the front of a graph emits for each of its steps. */
export function stageMetric(graph: MetricEmitter, stage: string, metricName: string, options?: MetricOptions): Metric {
  const metric = emittedMetric(graph, 'a step emits', Object.values(STAGE_METRICS), metricName, options);
  return metric.with({ dimensionsMap: { ...metric.dimensions, [STAGE_DIMENSION]: stage } });
}
