import { TimeZone } from 'aws-cdk-lib';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { BatchTriggerOptions } from './batch-options';
import type { BatchSchedule } from './batch-schedule';

/** The schedule that starts runs. A trigger says when it was meant to be, so that one that comes twice is one run. */
export function addSchedule(
  scope: Construct,
  stateMachine: StateMachine,
  { flexibleWindow, schedule, timeZone = 'UTC' }: BatchTriggerOptions & { readonly schedule: BatchSchedule },
): Schedule {
  return new Schedule(scope, 'Schedule', {
    schedule: ScheduleExpression.expression(schedule.expression, TimeZone.of(timeZone)),
    timeWindow: flexibleWindow ? TimeWindow.flexible(flexibleWindow) : TimeWindow.off(),
    target: new StepFunctionsStartExecution(stateMachine, {
      input: ScheduleTargetInput.fromObject({ trigger: 'schedule', scheduledTime: ContextAttribute.scheduledTime }),
    }),
  });
}
