import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

type Reasons = Readonly<Record<string, string>>;

/** Rules of cdk-nag that a resource breaks on purpose, and why. */
const ACKNOWLEDGED = {
  /** A front. */
  front: {
    'AwsSolutions::AwsSolutions-APIG1':
      'The handler logs every request; gateway access logs need a role per account and are an option (accessLogs)',
    'AwsSolutions::AwsSolutions-APIG2':
      'The handler validates requests against the signature of the model, which a gateway model cannot express',
    'AwsSolutions::AwsSolutions-APIG3': 'A web ACL costs money every month and is the choice of the account',
    'AwsSolutions::AwsSolutions-APIG6':
      'Execution logs of the gateway hold payloads; the handler logs one line for each request without them',
    'AwsSolutions::AwsSolutions-COG4': 'Callers authenticate by the chosen auth, AWS IAM by default',
    'Serverless::Serverless-APIGWAccessLogging':
      'The handler logs every request; gateway access logs need a role per account and are an option (accessLogs)',
    'Serverless::Serverless-APIGWXrayEnabled':
      'Requests are joined by request id and W3C trace context in the log lines',
  },
  /** The function of an authorizer. */
  authorizer: {
    'Serverless::Serverless-LambdaDLQ': 'The gateway invokes it synchronously; a failure refuses the call',
    'Serverless::Serverless-LambdaTracing': 'Requests are joined by request id in the log lines',
  },
  /** The function of a predictor. */
  predictor: {
    'Serverless::Serverless-LambdaDLQ': 'The function is only invoked synchronously; a failure reaches the caller',
    'Serverless::Serverless-LambdaTracing': 'Requests are joined by request id and W3C trace context in the log lines',
  },
  /** The state machine of a graph. */
  graphMachine: {
    'AwsSolutions::AwsSolutions-SF1':
      'Events of executions hold payloads; failures are logged, and the front logs a line for each step',
    'AwsSolutions::AwsSolutions-SF2': 'Steps are joined by request id and W3C trace context in the log lines',
    'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
      'What delivers the logs of a state machine knows no resource; see "Logging to CloudWatch Logs" of Step Functions',
    'Serverless::Serverless-StepFunctionStateMachineXray':
      'Steps are joined by request id and W3C trace context in the log lines',
  },
  /** The table of a circuit break. */
  breakerTable: {
    'AwsSolutions::AwsSolutions-DDB3':
      'What it holds is true for seconds, and is made again by the calls that come: an old state would be a wrong one',
  },
  /** The table of a cache. */
  cacheTable: {
    'AwsSolutions::AwsSolutions-DDB3':
      'What is in a cache can be made again, and an old state of it must not come back',
  },
  /** The bucket of a cache. */
  cacheBucket: {
    'AwsSolutions::AwsSolutions-S1':
      'Only the function of the cache reaches the objects, by keys that its rows name; access logs need another bucket',
  },
  /** A function that invokes itself asynchronously. */
  revalidation: {
    'Serverless::Serverless-LambdaAsyncFailureDestination':
      'An entry that was not refreshed is refreshed by the next request that finds it stale',
  },
  /** The function that fills a cache. */
  filler: {
    'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
      'To read a stream takes dynamodb:ListStreams, which AWS does not limit to a resource',
    'Serverless::Serverless-LambdaDLQ': 'What was not filled is read from the store by the request that needs it',
    'Serverless::Serverless-LambdaTracing': 'Its log lines name the ids’ count and the reason of each failure',
    'Serverless::Serverless-LambdaAsyncFailureDestination':
      'What was not filled is read from the store by the request that needs it',
    'Serverless::Serverless-LambdaEventSourceMappingDestination':
      'What was not filled is read from the store by the request that needs it',
  },
  /** The rules of a filler. */
  fillRule: {
    'Serverless::Serverless-EventBusDLQ': 'What was not filled is read from the store by the request that needs it',
  },
  /** The functions of jobs. */
  jobFunction: {
    'Serverless::Serverless-LambdaDLQ':
      'What it could not do is delivered again by its queue, or found by the next sweep',
    'Serverless::Serverless-LambdaTracing': 'Jobs are joined by request id and W3C trace context in the log lines',
    'Serverless::Serverless-LambdaAsyncFailureDestination':
      'Only a schedule invokes asynchronously, and the next sweep does what a failed one left',
    'Serverless::Serverless-LambdaEventSourceMappingDestination':
      'SQS takes none: what fails stays in its queue, whose redrive policy says where it goes',
  },
  /** The table of jobs. */
  jobTable: {
    'AwsSolutions::AwsSolutions-DDB3':
      'Rows live for hours and their jobs go on: an old state of the table would run them again (an option of JobTable)',
  },
  /** The last queue of jobs. */
  jobQueue: {
    'AwsSolutions::AwsSolutions-SQS3': 'It is the dead-letter queue, to which workers send what has failed for good',
    'Serverless::Serverless-SQSRedrivePolicy':
      'It is the dead-letter queue, to which workers send what has failed for good',
  },
  /** The bucket of payloads. */
  payloadBucket: {
    'AwsSolutions::AwsSolutions-S1':
      'Only functions of the service reach the objects, by keys that their log lines name; access logs need another bucket',
  },
  /** The schedule of the sweeper. */
  sweepRule: {
    'Serverless::Serverless-EventBusDLQ': 'A sweep that was not delivered is done by the next one',
  },
  /** The functions of a batch. */
  batchFunction: {
    'Serverless::Serverless-LambdaDLQ':
      'A state machine invokes it, which tries again and says what failed; what a rule did not bring about the next look does',
    'Serverless::Serverless-LambdaTracing': 'Runs and mini-jobs are joined by the name of the run in the log lines',
    'Serverless::Serverless-LambdaAsyncFailureDestination':
      'Only rules invoke asynchronously, and the next look at the runs does what a failed one left',
  },
  /** The state machine of a batch. */
  batchMachine: {
    'AwsSolutions::AwsSolutions-SF2': 'Runs are joined by their name in the log lines',
    'Serverless::Serverless-StepFunctionStateMachineXray': 'Runs are joined by their name in the log lines',
    'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
      'The actions with which a log group is registered to receive the logs of a state machine know no resources',
  },
  /** The buckets of a batch. */
  batchBucket: {
    'AwsSolutions::AwsSolutions-S1':
      'Access logs need another bucket, whose place is the choice of the account; give inputBucket and outputBucket with them',
  },
  /** The rules of a batch. */
  batchRule: {
    'Serverless::Serverless-EventBusDLQ': 'What was not delivered is found by the next look at the runs',
  },
} satisfies Readonly<Record<string, Reasons>>;

/** Names that are not known before, so that a policy ends in a wildcard. */
const UNKNOWN = {
  keys: 'Names of files and of runs are not known before',
  executions: 'Names of executions are not known before',
  objects: 'Keys hold ids of jobs, which are not known before',
} as const;

export function acknowledge(scope: IConstruct, what: keyof typeof ACKNOWLEDGED): void {
  acknowledgeAll(scope, ACKNOWLEDGED[what]);
}

/** The rule on wildcards, for what lies below one prefix; cdk-nag wants each finding by its name. */
export function acknowledgeWildcard(scope: IConstruct, what: keyof typeof UNKNOWN, resource: string): void {
  acknowledgeAll(scope, { [`AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`]: UNKNOWN[what] });
}

function acknowledgeAll(scope: IConstruct, reasons: Reasons): void {
  Validations.of(scope).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
