import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Dashboard, GraphWidget, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/contract';
import type { IPredictor } from '../predictor/predictor-ref';

/** Options of the dashboard and the alarms of a service. */
export interface MonitoringOptions {
  /**
   * Topic that alarms are sent to.
   * @default - alarms change state and tell nobody
   */
  readonly alarmTopic?: ITopic;
  /**
   * Whether the service has a dashboard of its own (three in an account are free).
   * @default true
   */
  readonly dashboard?: boolean;
}

/** Properties of `ServiceMonitoring`. */
export interface ServiceMonitoringProps extends MonitoringOptions {
  /** Name of the service. */
  readonly serviceName: string;
  /** What answers. */
  readonly predictor: IPredictor;
  /** The 99th percentile of latency that is promised. */
  readonly p99Objective: Duration;
  /** Where an operator reads what to do. */
  readonly runbook: string;
}

/** Dashboard and alarms of a service: latency against its objective, and errors. */
export class ServiceMonitoring extends Construct {
  /** The 99th percentile of latency is over the objective of the model card. */
  public readonly latencyAlarm: Alarm;
  /** More than one request in a hundred ends in a server error. */
  public readonly errorAlarm: Alarm;
  /** The dashboard, where there is one. */
  public readonly dashboard?: Dashboard;

  public constructor(scope: Construct, id: string, props: ServiceMonitoringProps) {
    super(scope, id);
    const { predictor } = props;
    const objective = props.p99Objective.toMilliseconds();
    const p99 = predictor.metric(METRICS.latency.name, { statistic: Stats.p(99) });
    const errors = predictor.metric(METRICS.serverErrors.name, { statistic: Stats.AVERAGE });
    this.latencyAlarm = new Alarm(this, 'LatencyAlarm', {
      metric: p99,
      threshold: objective,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.serviceName}: p99 latency is over ${objective} ms. Runbook: ${props.runbook}`,
    });
    this.errorAlarm = new Alarm(this, 'ErrorAlarm', {
      metric: errors,
      threshold: 0.01,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.serviceName}: over 1 % of requests end in a server error. Runbook: ${props.runbook}`,
    });
    if (props.alarmTopic) {
      const action = new SnsAction(props.alarmTopic);
      for (const alarm of [this.latencyAlarm, this.errorAlarm]) alarm.addAlarmAction(action);
    }
    if (props.dashboard ?? true) this.dashboard = this.draw(props);
  }

  private draw(props: ServiceMonitoringProps): Dashboard {
    const metric = (name: string, statistic: string, label?: string) =>
      props.predictor.metric(name, { statistic, label });
    const dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(3) });
    dashboard.addWidgets(
      new GraphWidget({
        title: `${props.serviceName}: latency (ms)`,
        width: 12,
        left: [50, 95, 99].map((percent) => metric(METRICS.latency.name, Stats.p(percent), `p${percent}`)),
        leftAnnotations: [{ value: props.p99Objective.toMilliseconds(), label: 'p99 objective' }],
      }),
      new GraphWidget({
        title: `${props.serviceName}: time in the model (ms)`,
        width: 12,
        left: [50, 99].map((percent) => metric(METRICS.modelLatency.name, Stats.p(percent), `p${percent}`)),
      }),
      new GraphWidget({
        title: `${props.serviceName}: requests and errors`,
        width: 12,
        left: [METRICS.requests, METRICS.clientErrors, METRICS.serverErrors].map(({ name }) => metric(name, Stats.SUM)),
      }),
      new GraphWidget({
        title: `${props.serviceName}: rows`,
        width: 12,
        left: [metric(METRICS.rows.name, Stats.SUM)],
        region: Stack.of(this).region,
      }),
    );
    return dashboard;
  }
}
