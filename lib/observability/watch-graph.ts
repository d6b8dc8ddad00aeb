import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { GRAPH_METRICS, STAGE_METRICS } from '../../lambdas/shared/contract';
import type { PredictorGraph } from '../graph/predictor-graph';
import type { ServiceMonitoring } from './service-monitoring';

/** What each step of a graph does to the whole: its time, what goes through it, and how often it fails. */
export function watchGraph(monitoring: ServiceMonitoring, graph: PredictorGraph): void {
  const each = ({ name }: { name: string }, statistic: string) =>
    graph.stages.map((stage) => graph.stageMetric(stage, name, { statistic, label: stage }));
  monitoring.addGraph({ title: 'Time of each step (ms)', metrics: each(STAGE_METRICS.latency, Stats.p(95)) });
  monitoring.addGraph({ title: 'Bytes of each step', metrics: each(STAGE_METRICS.bytes, Stats.AVERAGE) });
  monitoring.addGraph({ title: 'Failures of each step', metrics: each(STAGE_METRICS.errors, Stats.SUM) });
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
