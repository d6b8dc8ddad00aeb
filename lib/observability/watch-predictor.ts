import type { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { EVENT_METRICS, METRICS } from '../../lambdas/shared/contract';
import { ComposedPredictor } from '../predictor/composed-predictor';
import { Predictor } from '../predictor/predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import type { ServiceMonitoring } from './service-monitoring';
import { watchFunction } from './watch-function';

/** Latency against its objective, errors and rows of whatever answers; of a model in a function that function too. */
export function watchPredictor(monitoring: ServiceMonitoring, predictor: IPredictor, p99Objective: Duration): void {
  const objective = p99Objective.toMilliseconds();
  const metric = (name: string, statistic: string, label?: string) => predictor.metric(name, { statistic, label });
  const percentiles = (name: string) => [50, 95, 99].map((percent) => metric(name, Stats.p(percent), `p${percent}`));
  const counts = (...metrics: { name: string }[]) => metrics.map(({ name }) => metric(name, Stats.SUM));
  const { modelName, modelVersion, revision } = predictor;

  monitoring.addText(`**${modelName}** ${modelVersion}, revision ${revision}`);
  monitoring.addAlarm('LatencyAlarm', {
    metric: metric(METRICS.latency.name, Stats.p(99)),
    threshold: objective,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: `p99 latency is over ${objective} ms, its objective.`,
    action: 'See on the dashboard whether the model is slow, or cold starts are many, or requests have more rows.',
  });
  monitoring.addAlarm('ErrorAlarm', {
    metric: metric(METRICS.serverErrors.name, Stats.AVERAGE),
    threshold: 0.01,
    meaning: 'over 1 % of predictions end in a server error.',
    action: 'Read code and reason of the log lines with a status of 500 or more; after a release go back one version.',
  });
  monitoring.addGraph({
    title: 'Latency (ms)',
    metrics: percentiles(METRICS.latency.name),
    limit: objective,
    limitLabel: 'p99 objective',
  });
  // Of one that asks others, those who are asked say that.
  const runsModel = !(predictor instanceof ComposedPredictor);
  if (runsModel) {
    monitoring.addGraph({ title: 'Time in the model (ms)', metrics: percentiles(METRICS.modelLatency.name) });
  }
  monitoring.addGraph({
    title: 'Predictions and errors',
    metrics: counts(METRICS.requests, METRICS.clientErrors, METRICS.serverErrors),
  });
  if (runsModel) monitoring.addGraph({ title: 'Rows', metrics: counts(METRICS.rows) });
  if (predictor instanceof ComposedPredictor) watchFunction(monitoring, predictor.function);
  if (!(predictor instanceof Predictor)) return;
  monitoring.addGraph({ title: 'Cold starts', metrics: counts(METRICS.coldStarts) });
  watchFunction(monitoring, predictor.function);
  if (predictor._followsPointer) watchPointer(monitoring, predictor);
}

/** A model that changes without a deployment can fail to change without one. */
function watchPointer(monitoring: ServiceMonitoring, predictor: Predictor): void {
  const metric = predictor.metric(EVENT_METRICS.modelSwitchFailures.name, { statistic: Stats.SUM });
  monitoring.addAlarm('ModelSwitchAlarm', {
    metric,
    threshold: 0,
    meaning: 'the model that the pointer names does not load; the one before serves on, and new environments fail.',
    action: 'Put the old pointer back, then read the reason in the log line model_switch_failed.',
  });
  monitoring.addGraph({ title: 'Failed model switches', metrics: [metric] });
}
