import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { BATCH_METRICS } from '../../lambdas/shared/contract';
import type { Batch } from '../patterns/batch';
import type { ServiceMonitoring } from './service-monitoring';

/** Whether runs end, in time and often enough, and what becomes of their rows. */
export function watchBatch(monitoring: ServiceMonitoring, batch: Batch): void {
  addAlarms(monitoring, batch);
  const metric = (name: string, statistic: string, label?: string) => batch.metric(name, { statistic, label });
  monitoring.addGraph({
    title: 'Runs, by how they ended',
    metrics: (['completed', 'partial', 'failed', 'stopped', 'refused'] as const).map((key) =>
      metric(BATCH_METRICS[key].name, Stats.SUM),
    ),
  });
  monitoring.addGraph({
    title: 'Time from trigger to end (ms)',
    metrics: [metric(BATCH_METRICS.duration.name, Stats.MAXIMUM, 'longest')],
    limit: batch.deadline.toMilliseconds(),
    limitLabel: 'deadline',
  });
  monitoring.addGraph({
    title: 'Rows with a result, and with an error',
    metrics: [metric(BATCH_METRICS.rows.name, Stats.SUM), metric(BATCH_METRICS.rowsFailed.name, Stats.SUM)],
  });
  monitoring.addGraph({
    title: 'A mini-job: in all, and in the model (ms)',
    metrics: [
      metric(BATCH_METRICS.chunkLatency.name, Stats.p(50), 'p50'),
      metric(BATCH_METRICS.chunkLatency.name, Stats.MAXIMUM, 'longest'),
      metric(BATCH_METRICS.chunkModelLatency.name, Stats.p(50), 'in the model, p50'),
    ],
  });
  monitoring.addGraph({
    title: 'Tries of mini-jobs that failed',
    metrics: [metric(BATCH_METRICS.chunkFailures.name, Stats.SUM)],
  });
}

function addAlarms(monitoring: ServiceMonitoring, batch: Batch): void {
  const metric = (name: string, statistic: string) => batch.metric(name, { statistic });
  const minutes = batch.deadline.toMinutes();
  monitoring.addAlarm('DeadlineAlarm', {
    metric: metric(BATCH_METRICS.overdue.name, Stats.MAXIMUM),
    threshold: 0,
    meaning: `a run is not over after ${minutes} minutes, its deadline; after twice as much it is ended.`,
    action:
      'See with status how far it is; raise maxConcurrency or memory, or look for failures of mini-jobs in the log.',
  });
  monitoring.addAlarm('RunsFailedAlarm', {
    metric: metric(BATCH_METRICS.failed.name, Stats.SUM),
    threshold: 0,
    meaning: 'a run has failed: more of its rows than are tolerated, or all of it.',
    action: 'Read why with status, remove the cause, then resume it: what is done is not predicted again.',
  });
  monitoring.addAlarm('RunsPartialAlarm', {
    metric: metric(BATCH_METRICS.partial.name, Stats.SUM),
    threshold: 0,
    meaning: 'a run has results, but not for all rows.',
    action: 'Read the errors file beside the results; where mini-jobs failed as a whole, resume the run.',
  });
  monitoring.addAlarm('WatcherAlarm', {
    metric: batch.runs.function.metricErrors({ statistic: Stats.SUM }),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'the books of runs fail: runs do not begin, and nobody sees that one is late or missing.',
    action: 'Read the reason in the log of the function.',
  });
  if (!batch._hasHeartbeat) return;
  monitoring.addAlarm('HeartbeatAlarm', {
    metric: metric(BATCH_METRICS.heartbeat.name, Stats.MAXIMUM),
    threshold: 1,
    meaning: 'no run has completed for so many intervals of the schedule that one is missing.',
    action: 'Look whether the schedule is enabled, and what became of the last runs.',
    missingIsBad: true,
  });
}
