import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { JOB_METRICS, METRICS } from '../../lambdas/shared/contract';
import type { Jobs } from '../jobs/jobs';
import { predictorMetric } from './predictor-metric';
import type { ServiceMonitoring } from './service-monitoring';

/** Whether accepted jobs reach their end, and how soon. */
export function watchJobs(monitoring: ServiceMonitoring, jobs: Jobs): void {
  addAlarms(monitoring, jobs);
  const metric = (name: string, statistic: string, label?: string) => jobs.metric(name, { statistic, label });
  const percentiles = [50, 95, 99].map((percent) => [Stats.p(percent), `p${percent}`] as const);
  monitoring.addGraph({
    title: 'Time to accept (ms)',
    metrics: percentiles.map(([statistic, label]) => predictorMetric(jobs, METRICS.latency.name, { statistic, label })),
  });
  monitoring.addGraph({
    title: 'Jobs accepted, and how they ended',
    metrics: ['accepted', 'succeeded', 'failed', 'timedOut', 'cancelled'].map((key) =>
      metric(JOB_METRICS[key as keyof typeof JOB_METRICS].name, Stats.SUM),
    ),
  });
  monitoring.addGraph({
    title: 'Jobs from acceptance to the end (ms)',
    metrics: percentiles.map(([statistic, label]) => metric(JOB_METRICS.age.name, statistic, label)),
    limit: jobs.jobTimeout.toMilliseconds(),
    limitLabel: 'jobTimeout',
  });
  monitoring.addGraph({
    title: 'Jobs in one run of the model, tries of a job',
    metrics: [
      metric(JOB_METRICS.stacked.name, Stats.AVERAGE, 'in one run'),
      metric(JOB_METRICS.attempts.name, Stats.AVERAGE, 'tries'),
      metric(JOB_METRICS.attempts.name, Stats.MAXIMUM, 'most tries'),
    ],
  });
  monitoring.addGraph({
    title: 'Messages waiting, with a worker, in the dead-letter queue',
    metrics: [
      jobs.queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label: 'waiting' }),
      jobs.queue.metricApproximateNumberOfMessagesNotVisible({ statistic: Stats.MAXIMUM, label: 'with a worker' }),
      jobs.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label: 'dead' }),
    ],
  });
  monitoring.addGraph({
    title: 'Age of the oldest message (s)',
    metrics: [jobs.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, label: 'oldest' })],
  });
}

function addAlarms(monitoring: ServiceMonitoring, jobs: Jobs): void {
  const late = Math.max(60, Math.floor(jobs.jobTimeout.toSeconds({ integral: false }) / 2));
  monitoring.addAlarm('QueueAgeAlarm', {
    metric: jobs.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
    threshold: late,
    meaning: `jobs wait for more than ${late} s, half of what they have: workers are too few, too slow, or fail.`,
    action: 'Look for errors of the worker in its log; raise maxConcurrency, memory or batchSize.',
  });
  monitoring.addAlarm('DeadLetterAlarm', {
    metric: jobs.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    threshold: 0,
    meaning:
      'jobs have failed although they were tried as often as they may be; their messages rest as long as the jobs are kept.',
    action: 'Read why in the log lines job_ended, remove the cause, then: npx cdk-ml-serving redrive.',
  });
  monitoring.addAlarm('JobsFailedAlarm', {
    metric: jobs.metric(JOB_METRICS.failed.name, { statistic: Stats.SUM }),
    threshold: 0,
    meaning: 'jobs have failed.',
    action: 'Read code and reason of the log lines job_ended; with DeadLetterAlarm on, see there.',
  });
  monitoring.addAlarm('SweeperAlarm', {
    metric: jobs.sweeper.function.metricErrors({ statistic: Stats.SUM }),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'the sweeper fails: jobs whose message or worker was lost have nobody to look after them.',
    action: 'Read the reason in its log.',
  });
  if (!jobs._hasSinks) return;
  monitoring.addAlarm('SinkAlarm', {
    metric: jobs.metric(JOB_METRICS.sinkFailures.name, { statistic: Stats.SUM }),
    threshold: 0,
    meaning: 'a sink did not take results; the sweeper offers them again every minute.',
    action: 'Read the reason in the log lines sink_failed; check that the sink is there and its policy and key.',
  });
}
