import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import type { JobFunction } from './job-function';

/** When a sweeper runs. What one sweep left undone the next one does. */
export function addSweepRule(scope: Construct, sweeper: JobFunction, interval = Duration.minutes(1)): Rule {
  const rule = new Rule(scope, 'SweepRule', {
    schedule: Schedule.rate(interval),
    targets: [new LambdaFunction(sweeper.function, { retryAttempts: 0 })],
  });
  acknowledge(rule, 'sweepRule');
  return rule;
}
