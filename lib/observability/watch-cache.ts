import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CACHE_METRICS } from '../../lambdas/shared/contract';
import { cacheMetric } from './cache-metric';
import type { MetricEmitter } from './emitted-metric';
import type { ServiceMonitoring } from './service-monitoring';

/** Whether a cache works, and whether it is worth its price. */
export function watchCache(monitoring: ServiceMonitoring, cache: MetricEmitter): void {
  const { bypasses, failures, hits, lookupLatency, misses, stale } = CACHE_METRICS;
  const sum = ({ name }: { name: string }, label?: string) => cacheMetric(cache, name, { statistic: Stats.SUM, label });
  monitoring.addAlarm('CacheAlarm', {
    metric: sum(failures),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    meaning:
      'the cache fails or is too slow: requests are answered without it, and all of them reach what is behind it.',
    action: 'Read the reason in the log lines cache_failed; look for a table that is gone or throttled, or a policy.',
  });
  monitoring.addGraph({ title: 'Hit ratio of the cache (%)', metrics: [hitRatio(sum)] });
  monitoring.addGraph({
    title: 'Cache: hits, stale, misses, bypassed, failed',
    metrics: [sum(hits), sum(stale), sum(misses), sum(bypasses), sum(failures)],
  });
  monitoring.addGraph({
    title: 'Time of a lookup (ms)',
    metrics: [50, 95, 99].map((percent) =>
      cacheMetric(cache, lookupLatency.name, { statistic: Stats.p(percent), label: `p${percent}` }),
    ),
  });
}

/** What the cache did to the predictor behind it. */
export function watchInferences(monitoring: ServiceMonitoring, cache: MetricEmitter): void {
  const { savedInferences, wastedInferences } = CACHE_METRICS;
  monitoring.addGraph({
    title: 'Inferences saved, and begun in vain',
    metrics: [savedInferences, wastedInferences].map(({ name }) => cacheMetric(cache, name, { statistic: Stats.SUM })),
  });
}

function hitRatio(sum: (metric: { name: string }) => IMetric): IMetric {
  const { bypasses, hits, misses, stale } = CACHE_METRICS;
  return new MathExpression({
    expression: '100 * (h + s) / (h + s + m + b)',
    usingMetrics: { h: sum(hits), s: sum(stale), m: sum(misses), b: sum(bypasses) },
    label: 'answered from the cache',
    period: Duration.minutes(5),
  });
}
