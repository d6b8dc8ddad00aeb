import { type IMetric, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { JOB_METRICS, METRICS } from '../../lambdas/shared/contract';
import type { JobFunction } from '../jobs/job-function';
import type { Jobs } from '../jobs/jobs';
import type { MetricEmitter } from './emitted-metric';
import { predictorMetric } from './predictor-metric';
import type { ServiceMonitoring } from './service-monitoring';

/** What all kinds of jobs have. */
interface WatchedJobs extends MetricEmitter {
  readonly jobTimeout: Jobs['jobTimeout'];
  readonly sweeper: JobFunction;
  readonly _hasSinks: boolean;
  metric(metricName: string, options?: MetricOptions): Metric;
}

interface WatchedQueues {
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

/** Whether accepted jobs reach their end, and how soon. */
export function watchJobs(monitoring: ServiceMonitoring, jobs: Jobs): void {
  alarmOnQueues(monitoring, jobs, jobs.jobTimeout);
  alarmOnEnds(monitoring, jobs);
  graphJobs(monitoring, jobs);
  const metric = (name: string, statistic: string, label?: string) => jobs.metric(name, { statistic, label });
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
  monitoring.addGraph({ title: 'Age of the oldest message (s)', metrics: [ageOf(jobs.queue, 'oldest')] });
}

/** How old the oldest message is. */
export function ageOf(queue: IQueue, label?: string): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, label });
}

/** How many are accepted, how they end, and how long both takes. */
export function graphJobs(monitoring: ServiceMonitoring, jobs: WatchedJobs): void {
  const percentiles = [50, 95, 99].map((percent) => [Stats.p(percent), `p${percent}`] as const);
  monitoring.addGraph({
    title: 'Time to accept (ms)',
    metrics: percentiles.map(([statistic, label]) => predictorMetric(jobs, METRICS.latency.name, { statistic, label })),
  });
  monitoring.addGraph({
    title: 'Jobs accepted, and how they ended',
    metrics: ['accepted', 'succeeded', 'failed', 'timedOut', 'cancelled'].map((key) =>
      jobs.metric(JOB_METRICS[key as keyof typeof JOB_METRICS].name, { statistic: Stats.SUM }),
    ),
  });
  monitoring.addGraph({
    title: 'Jobs from acceptance to the end (ms)',
    metrics: percentiles.map(([statistic, label]) => jobs.metric(JOB_METRICS.age.name, { statistic, label })),
    limit: jobs.jobTimeout.toMilliseconds(),
    limitLabel: 'jobTimeout',
  });
}

/**
 * Whether messages wait too long, and whether some rest.
 *
 * @param model the name of the model whose queues these are, where there are several
 */
export function alarmOnQueues(
  monitoring: ServiceMonitoring,
  { deadLetterQueue, queue }: WatchedQueues,
  jobTimeout: Jobs['jobTimeout'],
  model?: string,
): void {
  const id = (name: string) => (model === undefined ? name : `${model}-${name}`);
  const of = model === undefined ? '' : ` of ${model}`;
  const late = Math.max(60, Math.floor(jobTimeout.toSeconds({ integral: false }) / 2));
  monitoring.addAlarm(id('QueueAgeAlarm'), {
    metric: ageOf(queue),
    threshold: late,
    meaning: `jobs wait for more than ${late} s, half of what they have: workers${of} are too few, too slow, or fail.`,
    action: `Look for errors of the worker${of} in its log; raise maxConcurrency, memory or batchSize.`,
  });
  monitoring.addAlarm(id('DeadLetterAlarm'), {
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    threshold: 0,
    meaning: `jobs${of} have failed although they were tried as often as they may be; their messages rest as long as the jobs are kept.`,
    action: `Read why in the log lines ${model === undefined ? 'job_ended' : 'model_settled'}, remove the cause, then: npx cdk-ml-serving redrive.`,
  });
}

/** Whether jobs fail, and whether those are alive that look after them. */
export function alarmOnEnds(monitoring: ServiceMonitoring, jobs: WatchedJobs): void {
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
