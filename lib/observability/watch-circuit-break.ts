import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { BREAKER_METRICS, METRICS } from '../../lambdas/shared/contract';
import type { InferenceApi } from '../api/inference-api';
import type { CircuitBreak } from '../circuit-break/circuit-break';
import type { ServiceMonitoring } from './service-monitoring';

const REFUSED = ['refusedOpen', 'refusedConcurrency', 'failedCalls', 'slowCalls', 'fallbacks'] as const;
const STATES = ['opened', 'probes', 'closed'] as const;

/** Whether the breaker is open, how many calls it refuses, and whether its state can be read. */
export function watchCircuitBreak(monitoring: ServiceMonitoring, breaker: CircuitBreak): void {
  const metric = (key: keyof typeof BREAKER_METRICS) =>
    breaker.metric(BREAKER_METRICS[key].name, { statistic: Stats.SUM, period: Duration.minutes(1) });
  const requests = breaker.metric(METRICS.requests.name, { statistic: Stats.SUM, period: Duration.minutes(1) });
  monitoring.addAlarm('RejectionAlarm', {
    metric: new MathExpression({
      expression: '100 * (FILL(open, 0) + FILL(concurrency, 0)) / requests',
      usingMetrics: { open: metric('refusedOpen'), concurrency: metric('refusedConcurrency'), requests },
      label: 'refused (%)',
      period: Duration.minutes(1),
    }),
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'over 5 % of the calls are refused: the predictor fails, or more is asked of it than it stands.',
    action:
      'With BreakerOpenAlarm on, see there; otherwise raise maxConcurrency or reservedConcurrency, or lower throttle.',
  });
  monitoring.addAlarm('BreakerOpenAlarm', {
    metric: metric('opened'),
    threshold: 0,
    meaning: 'the breaker has opened: the predictor failed, or was slow, too often.',
    action:
      'Read code and cause of the log lines call_refused; the breaker closes by itself once the predictor answers again, ' +
      'or: npx cdk-ml-serving breaker <service> close.',
  });
  monitoring.addAlarm('BreakerTableAlarm', {
    metric: metric('tableFailures'),
    threshold: 0,
    meaning: 'the table of the breaker does not answer: each environment decides alone, and no limit is counted.',
    action:
      'Read the reason in the log lines breaker_table_failed; check that the table is there, and the role’s policy.',
  });
  monitoring.addGraph({ title: 'Calls refused, failed, slow; answers of the fallback', metrics: REFUSED.map(metric) });
  monitoring.addGraph({ title: 'The breaker: opened, probed, closed', metrics: STATES.map(metric) });
  monitoring.addGraph({ title: 'The table of the breaker did not answer', metrics: [metric('tableFailures')] });
}

/** What the gateway refuses reaches no function, which is how it is counted. */
export function watchThrottle(monitoring: ServiceMonitoring, api: InferenceApi, breaker: CircuitBreak): void {
  const period = Duration.minutes(1);
  const requests = api.restApi.deploymentStage.metricCount({ statistic: Stats.SUM, period, label: 'requests' });
  const invocations = breaker.function.metricInvocations({ statistic: Stats.SUM, period, label: 'let through' });
  monitoring.addAlarm('ApiRefusalAlarm', {
    metric: new MathExpression({
      expression: '100 * (requests - FILL(invocations, 0)) / requests',
      usingMetrics: { requests, invocations },
      label: 'refused by the gateway (%)',
      period,
    }),
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning: 'over 5 % of the requests end at the gateway: they are more than throttle lets through, or not allowed.',
    action: 'Raise throttle and what is behind it; with many 403, see who calls without permission.',
  });
  monitoring.addGraph({ title: 'API: requests, and those that are let through', metrics: [requests, invocations] });
}
