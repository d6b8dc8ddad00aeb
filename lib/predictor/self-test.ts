import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';

/**
 * Invoke a new version of `handler` with its self-test (an empty event) before `alias` moves to it. When the test
 * throws, the deployment fails and rolls back with the alias where it was.
 */
export function addSelfTest(scope: Construct, handler: LambdaFunction, alias: Alias, encryptionKey?: IKey): Trigger {
  const trigger = new Trigger(scope, 'SelfTest', { handler, executeBefore: [alias] });
  keepLogsOfTriggers(Stack.of(scope), encryptionKey);
  return trigger;
}

/**
 * The CDK's function behind all triggers of a stack would log to a group that nobody owns, which is never emptied and
 * outlives the stack. The first predictor of a stack says with which key it is encrypted.
 */
function keepLogsOfTriggers(stack: Stack, encryptionKey?: IKey): void {
  if (stack.node.tryFindChild('SelfTestLogs')) return;
  const provider = stack.node.findAll().find(({ node }) => node.id.startsWith('AWSCDK.TriggerCustomResourceProvider'));
  const handler = provider?.node.tryFindChild('Handler');
  if (!CfnResource.isCfnResource(handler)) throw new Error('the CDK builds triggers in another way now');
  const logs = new LogGroup(stack, 'SelfTestLogs', {
    retention: RetentionDays.ONE_MONTH,
    encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  handler.addPropertyOverride('LoggingConfig.LogGroup', logs.logGroupName);
}
