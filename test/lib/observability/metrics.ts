import type { Template } from 'aws-cdk-lib/assertions';

/** A metric as CloudWatch knows it: another namespace, name or dimension is another metric. */
export interface MetricKey {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** A metric that an alarm or a dashboard looks at. */
export interface WatchedMetric extends MetricKey {
  /** Logical id of the alarm, or title of the graph. */
  readonly by: string;
}

/** A metric that a handler wrote. */
export interface EmittedMetric extends MetricKey {
  readonly unit: string;
}

type Json = Record<string, unknown>;
type Dimensions = readonly { readonly Name: string; readonly Value: unknown }[];
interface AlarmMetric {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: Dimensions;
}
interface AlarmProperties extends AlarmMetric {
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: AlarmMetric } }[];
}

/** Every metric of every alarm and graph in a template, those inside of expressions too. */
export function watchedMetrics(resources: Record<string, { Type: string; Properties?: Json }>): WatchedMetric[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::CloudWatch::Alarm') return ofAlarm(id, Properties as AlarmProperties);
    if (Type === 'AWS::CloudWatch::Dashboard') return ofDashboard(textOf(Properties?.DashboardBody));
    return [];
  });
}

export const watchedBy = (template: Template) => watchedMetrics(template.toJSON().Resources);

function ofAlarm(by: string, alarm: AlarmProperties): WatchedMetric[] {
  const metrics = alarm.Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) ?? [alarm];
  return metrics.map(({ Namespace = '', MetricName = '', Dimensions = [] }) => ({
    by,
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, textOf(Value)])),
  }));
}

interface Widget {
  readonly properties: { readonly title?: string; readonly metrics?: readonly (readonly unknown[])[] };
}

function ofDashboard(body: string): WatchedMetric[] {
  const { widgets } = JSON.parse(body) as { widgets: readonly Widget[] };
  return widgets.flatMap(({ properties: { title = '', metrics = [] } }) =>
    metrics.flatMap((row) => {
      const [namespace, name, ...dimensions] = row.filter((cell) => typeof cell === 'string');
      if (namespace === undefined || name === undefined) return [];
      const pairs = dimensions.flatMap((cell, at) => (at % 2 ? [] : [[cell, dimensions[at + 1]]]));
      return [{ by: title, namespace, name, dimensions: Object.fromEntries(pairs) }];
    }),
  );
}

/** A text of a template; what only a deployment knows is `<logical id>`. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (join) return join[1].map(textOf).join(join[0]);
  return `<${Ref}>`;
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

/** The metrics that CloudWatch makes of log lines: what a line announces and has. */
export function emittedMetrics(lines: readonly Json[]): EmittedMetric[] {
  return lines.flatMap((line) => {
    const { CloudWatchMetrics = [] } = (line._aws ?? {}) as { CloudWatchMetrics?: readonly Directive[] };
    return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((names) =>
        Metrics.filter(({ Name }) => typeof line[Name] === 'number').map(({ Name, Unit }) => ({
          namespace: Namespace,
          name: Name,
          unit: Unit,
          dimensions: Object.fromEntries(names.map((name) => [name, line[name]])),
        })),
      ),
    );
  });
}

/** What is watched and was not emitted under just that namespace, name, dimensions and values. */
export function neverEmitted(watched: readonly WatchedMetric[], emitted: readonly EmittedMetric[]): WatchedMetric[] {
  const known = new Set(emitted.map(keyOf));
  return watched.filter((metric) => !known.has(keyOf(metric)));
}

export function keyOf({ namespace, name, dimensions }: MetricKey): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
