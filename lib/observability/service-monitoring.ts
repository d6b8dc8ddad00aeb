import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addMonthlyBudget, type MonthlyBudget } from './monthly-budget';

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
  /**
   * A budget that warns by e-mail. It counts by the tag `service`, which must be activated for cost allocation.
   * @default - none
   */
  readonly monthlyBudget?: MonthlyBudget;
}

/** Properties of `ServiceMonitoring`. */
export interface ServiceMonitoringProps extends MonitoringOptions {
  /** Name of the service. */
  readonly serviceName: string;
  /** Where an operator reads what to do. */
  readonly runbook: string;
  /**
   * What the service may cost a month, in US dollars, where `monthlyBudget` does not say it.
   * @default - `monthlyBudget` has to
   */
  readonly monthlyCostObjective?: number;
}

/** An alarm of a service: when it is on, what that means and what to do. */
export interface ServiceAlarm {
  /** What is watched. */
  readonly metric: IMetric;
  /** The alarm is on while the metric is greater. */
  readonly threshold: number;
  /** What it means that the alarm is on, as a sentence. */
  readonly meaning: string;
  /** What to do first, as a sentence. */
  readonly action: string;
  /**
   * How many periods of the metric are looked at.
   * @default 1
   */
  readonly evaluationPeriods?: number;
  /**
   * In how many of them the metric must be greater.
   * @default - in all of them
   */
  readonly datapointsToAlarm?: number;
  /**
   * Whether the alarm is on, too, while there is no metric: of one that is there all the time.
   * @default false
   */
  readonly missingIsBad?: boolean;
}

/** A graph on the dashboard of a service. */
export interface ServiceGraph {
  /** What it shows, with the unit. */
  readonly title: string;
  /** The lines. */
  readonly metrics: IMetric[];
  /**
   * A value that the lines should stay under.
   * @default - none
   */
  readonly limit?: number;
  /**
   * What the limit is.
   * @default - not named
   */
  readonly limitLabel?: string;
}

/**
 * Dashboard and alarms of a service. It knows none of them: each part of a service adds its own. No traffic is no
 * alarm, because a service that nobody asks is not broken.
 */
export class ServiceMonitoring extends Construct {
  /** The dashboard, where there is one. */
  public readonly dashboard?: Dashboard;
  /** The alarms by their names: `LatencyAlarm`, `ErrorAlarm`, ... */
  public readonly alarms: { [name: string]: Alarm } = {};

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceMonitoringProps,
  ) {
    super(scope, id);
    if (props.dashboard ?? true) {
      this.dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(3) });
    }
    if (props.monthlyBudget) {
      const { emails, amountUsd = props.monthlyCostObjective } = props.monthlyBudget;
      if (amountUsd === undefined)
        throw new Error('monthlyBudget.amountUsd is needed: there is no model card with one.');
      const { serviceName } = props;
      addMonthlyBudget(this, 'Budget', { counted: scope, serviceName, amountUsd, emails });
    }
  }

  /** Adds an alarm, which is sent to the alarm topic. */
  public addAlarm(name: string, alarm: ServiceAlarm): Alarm {
    const { serviceName, runbook, alarmTopic } = this.props;
    const created = new Alarm(this, name, {
      metric: alarm.metric,
      threshold: alarm.threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: alarm.evaluationPeriods ?? 1,
      datapointsToAlarm: alarm.datapointsToAlarm,
      treatMissingData: alarm.missingIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${serviceName}: ${alarm.meaning} ${alarm.action} Runbook: ${runbook}`,
    });
    if (alarmTopic) created.addAlarmAction(new SnsAction(alarmTopic));
    this.alarms[name] = created;
    return created;
  }

  /** Adds a graph to the dashboard, where there is one. */
  public addGraph(graph: ServiceGraph): void {
    this.dashboard?.addWidgets(
      new GraphWidget({
        title: graph.title,
        width: 12,
        left: graph.metrics,
        leftAnnotations: graph.limit === undefined ? [] : [{ value: graph.limit, label: graph.limitLabel }],
      }),
    );
  }

  /** Adds Markdown to the dashboard, where there is one. */
  public addText(markdown: string): void {
    this.dashboard?.addWidgets(new TextWidget({ markdown, width: 24, height: 3 }));
  }
}
