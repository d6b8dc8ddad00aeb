import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { InferenceApi } from '../api/inference-api';
import type { ServiceMonitoring } from './service-monitoring';

/** What clients see of an API: also what never reached the function, and what the function never answered. */
export function watchApi(monitoring: ServiceMonitoring, { restApi: { deploymentStage: stage } }: InferenceApi): void {
  monitoring.addAlarm('ApiErrorAlarm', {
    metric: stage.metricServerError({ statistic: Stats.AVERAGE }),
    threshold: 0.01,
    meaning: 'over 1 % of the API’s answers are server errors.',
    action:
      'With ErrorAlarm on, see there; without it the function did not answer: look for a crash, a timeout or want of ' +
      'memory in its log, and at ThrottleAlarm.',
  });
  monitoring.addGraph({
    title: 'API: requests, refused (4xx: throttle, authentication, input), failed (5xx)',
    metrics: [
      stage.metricCount({ statistic: Stats.SUM, label: 'requests' }),
      stage.metricClientError({ statistic: Stats.SUM, label: '4xx' }),
      stage.metricServerError({ statistic: Stats.SUM, label: '5xx' }),
    ],
  });
}
