import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { GRAPH_METRICS } from '../../lambdas/shared/contract';
import type { FanOut } from '../jobs/fan-out';
import type { ServiceMonitoring } from './service-monitoring';
import { watchStages } from './watch-graph';
import { ageOf, alarmOnEnds, alarmOnQueues, graphJobs } from './watch-jobs';

/** Whether jobs that several models answer reach their end, and which model keeps them from it. */
export function watchFanOut(monitoring: ServiceMonitoring, jobs: FanOut): void {
  const lanes = Object.entries(jobs.lanes);
  for (const [name, lane] of lanes) alarmOnQueues(monitoring, lane, jobs.jobTimeout, name);
  monitoring.addAlarm('GatherAlarm', {
    metric: jobs.gatherDeadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    threshold: 0,
    meaning: 'of jobs whose models have settled no answer could be made; they will time out.',
    action: 'Read why in the log lines gathering_failed, remove the cause, then: npx cdk-ml-serving redrive.',
  });
  const partial = jobs.metric(GRAPH_METRICS.partial.name, { statistic: Stats.SUM });
  monitoring.addAlarm('PartialAlarm', {
    metric: partial,
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'jobs end without the answer of a model that failed.',
    action: 'See on the dashboard which model fails, then read code and reason in the log lines model_settled.',
  });
  alarmOnEnds(monitoring, jobs);
  graphJobs(monitoring, jobs);
  watchStages(monitoring, jobs);
  monitoring.addGraph({ title: 'Jobs without the answer of a model', metrics: [partial] });
  monitoring.addGraph({
    title: 'Messages that wait, by model',
    metrics: lanes.map(([label, { queue }]) =>
      queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label }),
    ),
  });
  monitoring.addGraph({
    title: 'Messages in the dead-letter queues, by model',
    metrics: lanes.map(([label, { deadLetterQueue }]) =>
      deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label }),
    ),
  });
  monitoring.addGraph({
    title: 'Age of the oldest message (s), by model',
    metrics: lanes.map(([label, { queue }]) => ageOf(queue, label)),
  });
}
