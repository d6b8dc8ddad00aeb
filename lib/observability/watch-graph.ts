import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { EVENT_METRICS, GRAPH_METRICS, STAGE_METRICS } from '../../lambdas/shared/contract';
import type { PredictorGraph } from '../graph/predictor-graph';
import type { IPredictor } from '../predictor/predictor-ref';
import type { ServiceMonitoring } from './service-monitoring';

/** What has steps that it tells of. */
interface Staged {
  readonly stages: readonly string[];
  stageMetric(stage: string, metricName: string, options?: MetricOptions): Metric;
}

/** What each step does to the whole: its time, what goes through it, and how often it fails. */
export function watchStages(monitoring: ServiceMonitoring, staged: Staged): void {
  const each = ({ name }: { name: string }, statistic: string) =>
    staged.stages.map((stage) => staged.stageMetric(stage, name, { statistic, label: stage }));
  monitoring.addGraph({ title: 'Time of each step (ms)', metrics: each(STAGE_METRICS.latency, Stats.p(95)) });
  monitoring.addGraph({ title: 'Bytes of each step', metrics: each(STAGE_METRICS.bytes, Stats.AVERAGE) });
  monitoring.addGraph({ title: 'Failures of each step', metrics: each(STAGE_METRICS.errors, Stats.SUM) });
}

/** The steps of a graph, and how often it answers without one. */
export function watchGraph(monitoring: ServiceMonitoring, graph: PredictorGraph): void {
  watchStages(monitoring, graph);
  if (!graph._graph.compiled.mayBePartial) return;
  const partial = graph.metric(GRAPH_METRICS.partial.name, { statistic: Stats.SUM });
  monitoring.addAlarm('PartialAlarm', {
    metric: partial,
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'answers go out without a step that failed.',
    action: 'See on the dashboard which step fails, then read code and reason in the log of its predictor.',
  });
  monitoring.addGraph({ title: 'Answers without a step', metrics: [partial] });
}

/** A model that is not of the pair of its preprocessing refuses every request: its own metric says so. */
export function watchPair(monitoring: ServiceMonitoring, predictor: IPredictor): void {
  const mismatches = predictor.metric(EVENT_METRICS.pairMismatches.name, { statistic: Stats.SUM });
  monitoring.addAlarm('PairAlarm', {
    metric: mismatches,
    threshold: 0,
    meaning: 'preprocessing and model are not of one pair, so that requests are refused.',
    action: 'Release the one that is behind, or take back the one that is ahead: both cards name their pair.',
  });
  monitoring.addGraph({ title: 'Refused: not of one pair', metrics: [mismatches] });
}
