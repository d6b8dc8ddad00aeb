import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rules of cdk-nag that a front breaks on purpose, and why. */
const FRONT: Readonly<Record<string, string>> = {
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
  'Serverless::Serverless-APIGWXrayEnabled': 'Requests are joined by request id and W3C trace context in the log lines',
};

/** Rules of cdk-nag that the function of a predictor breaks on purpose, and why. */
const PREDICTOR: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaDLQ': 'The function is only invoked synchronously; a failure reaches the caller',
  'Serverless::Serverless-LambdaTracing': 'Requests are joined by request id and W3C trace context in the log lines',
};

/** Rules of cdk-nag that the function of an authorizer breaks on purpose, and why. */
const AUTHORIZER: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaDLQ': 'The gateway invokes it synchronously; a failure refuses the call',
  'Serverless::Serverless-LambdaTracing': 'Requests are joined by request id in the log lines',
};

/** Rules of cdk-nag that the state machine of a graph breaks on purpose, and why. */
const GRAPH_MACHINE: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-SF1':
    'Events of executions hold payloads; failures are logged, and the front logs a line for each step',
  'AwsSolutions::AwsSolutions-SF2': 'Steps are joined by request id and W3C trace context in the log lines',
  'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
    'What delivers the logs of a state machine knows no resource; see "Logging to CloudWatch Logs" of Step Functions',
  'Serverless::Serverless-StepFunctionStateMachineXray':
    'Steps are joined by request id and W3C trace context in the log lines',
};

/** Rules of cdk-nag that the functions of jobs break on purpose, and why. */
const JOB_FUNCTION: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaDLQ':
    'What it could not do is delivered again by its queue, or found by the next sweep',
  'Serverless::Serverless-LambdaTracing': 'Jobs are joined by request id and W3C trace context in the log lines',
  'Serverless::Serverless-LambdaAsyncFailureDestination':
    'Only a schedule invokes asynchronously, and the next sweep does what a failed one left',
  'Serverless::Serverless-LambdaEventSourceMappingDestination':
    'SQS takes none: what fails stays in its queue, whose redrive policy says where it goes',
};

/** Rules of cdk-nag that the schedule of the sweeper breaks on purpose, and why. */
const SWEEP_RULE: Readonly<Record<string, string>> = {
  'Serverless::Serverless-EventBusDLQ': 'A sweep that was not delivered is done by the next one',
};

/** Rules of cdk-nag that the table of jobs breaks on purpose, and why. */
const JOB_TABLE: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-DDB3':
    'Rows live for hours and their jobs go on: an old state of the table would run them again (an option of JobTable)',
};

/** Rules of cdk-nag that the bucket of payloads breaks on purpose, and why. */
const PAYLOAD_BUCKET: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-S1':
    'Only functions of the service reach the objects, by keys that their log lines name; access logs need another bucket',
};

/** Rules of cdk-nag that the last queue of jobs breaks on purpose, and why. */
const JOB_QUEUE: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-SQS3': 'It is the dead-letter queue, to which workers send what has failed for good',
  'Serverless::Serverless-SQSRedrivePolicy':
    'It is the dead-letter queue, to which workers send what has failed for good',
};

/** Rules of cdk-nag that the table of a circuit break breaks on purpose, and why. */
const BREAKER_TABLE: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-DDB3':
    'What it holds is true for seconds, and is made again by the calls that come: an old state would be a wrong one',
};

export function acknowledgeBreakerTable(scope: IConstruct): void {
  acknowledge(scope, BREAKER_TABLE);
}

/** Rules of cdk-nag that the table of a cache breaks on purpose, and why. */
const CACHE_TABLE: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-DDB3': 'What is in a cache can be made again, and an old state of it must not come back',
};

/** Rules of cdk-nag that the bucket of a cache breaks on purpose, and why. */
const CACHE_BUCKET: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-S1':
    'Only the function of the cache reaches the objects, by keys that its rows name; access logs need another bucket',
};

/** Rules of cdk-nag that a function breaks on purpose that invokes itself asynchronously, and why. */
const REVALIDATION: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaAsyncFailureDestination':
    'An entry that was not refreshed is refreshed by the next request that finds it stale',
};

/** Rules of cdk-nag that the function that fills a cache breaks on purpose, and why. */
const FILLER: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
    'To read a stream takes dynamodb:ListStreams, which AWS does not limit to a resource',
  'Serverless::Serverless-LambdaDLQ': 'What was not filled is read from the store by the request that needs it',
  'Serverless::Serverless-LambdaTracing': 'Its log lines name the ids’ count and the reason of each failure',
  'Serverless::Serverless-LambdaAsyncFailureDestination':
    'What was not filled is read from the store by the request that needs it',
  'Serverless::Serverless-LambdaEventSourceMappingDestination':
    'What was not filled is read from the store by the request that needs it',
};

/** Rules of cdk-nag that the rules of a filler break on purpose, and why. */
const FILL_RULE: Readonly<Record<string, string>> = {
  'Serverless::Serverless-EventBusDLQ': 'What was not filled is read from the store by the request that needs it',
};

export function acknowledgeFiller(scope: IConstruct): void {
  acknowledge(scope, FILLER);
}

export function acknowledgeFillRule(scope: IConstruct): void {
  acknowledge(scope, FILL_RULE);
}

export function acknowledgeCacheTable(scope: IConstruct): void {
  acknowledge(scope, CACHE_TABLE);
}

export function acknowledgeCacheBucket(scope: IConstruct): void {
  acknowledge(scope, CACHE_BUCKET);
}

export function acknowledgeRevalidation(scope: IConstruct): void {
  acknowledge(scope, REVALIDATION);
}

/** Rules of cdk-nag that the functions of a batch break on purpose, and why. */
const BATCH_FUNCTION: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaDLQ':
    'A state machine invokes it, which tries again and says what failed; what a rule did not bring about the next look does',
  'Serverless::Serverless-LambdaTracing': 'Runs and mini-jobs are joined by the name of the run in the log lines',
  'Serverless::Serverless-LambdaAsyncFailureDestination':
    'Only rules invoke asynchronously, and the next look at the runs does what a failed one left',
};

/** Rules of cdk-nag that the rules of a batch break on purpose, and why. */
const BATCH_RULE: Readonly<Record<string, string>> = {
  'Serverless::Serverless-EventBusDLQ': 'What was not delivered is found by the next look at the runs',
};

/** Rules of cdk-nag that the state machine of a batch breaks on purpose, and why. */
const BATCH_MACHINE: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-SF2': 'Runs are joined by their name in the log lines',
  'Serverless::Serverless-StepFunctionStateMachineXray': 'Runs are joined by their name in the log lines',
  'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
    'The actions with which a log group is registered to receive the logs of a state machine know no resources',
};

/** Rules of cdk-nag that the buckets of a batch break on purpose, and why. */
const BATCH_BUCKET: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-S1':
    'Access logs need another bucket, whose place is the choice of the account; give inputBucket and outputBucket with them',
};

export function acknowledgeBatchFunction(scope: IConstruct): void {
  acknowledge(scope, BATCH_FUNCTION);
}

export function acknowledgeBatchRule(scope: IConstruct): void {
  acknowledge(scope, BATCH_RULE);
}

export function acknowledgeBatchMachine(scope: IConstruct): void {
  acknowledge(scope, BATCH_MACHINE);
}

export function acknowledgeBatchBucket(scope: IConstruct): void {
  acknowledge(scope, BATCH_BUCKET);
}

/** The rule of cdk-nag on wildcards, for the files below a prefix; it wants each finding by its name. */
export function acknowledgeKeys(scope: IConstruct, resource: string): void {
  acknowledge(scope, {
    [`AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`]: 'Names of files and of runs are not known before',
  });
}

/** The rule of cdk-nag on wildcards, for the executions of one state machine. */
export function acknowledgeExecutions(scope: IConstruct, resource: string): void {
  acknowledge(scope, {
    [`AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`]: 'Names of executions are not known before',
  });
}

export function acknowledgeGraphMachine(scope: IConstruct): void {
  acknowledge(scope, GRAPH_MACHINE);
}

export function acknowledgeJobFunction(scope: IConstruct): void {
  acknowledge(scope, JOB_FUNCTION);
}

/** The rule of cdk-nag on wildcards, for the objects under one prefix; it wants each finding by its name. */
export function acknowledgeObjects(scope: IConstruct, resource: string): void {
  acknowledge(scope, {
    [`AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`]: 'Keys hold ids of jobs, which are not known before',
  });
}

export function acknowledgeSweepRule(scope: IConstruct): void {
  acknowledge(scope, SWEEP_RULE);
}

export function acknowledgeJobTable(scope: IConstruct): void {
  acknowledge(scope, JOB_TABLE);
}

export function acknowledgePayloadBucket(scope: IConstruct): void {
  acknowledge(scope, PAYLOAD_BUCKET);
}

export function acknowledgeJobQueue(scope: IConstruct): void {
  acknowledge(scope, JOB_QUEUE);
}

export function acknowledgeAuthorizer(scope: IConstruct): void {
  acknowledge(scope, AUTHORIZER);
}

export function acknowledgeFront(scope: IConstruct): void {
  acknowledge(scope, FRONT);
}

export function acknowledgePredictor(scope: IConstruct): void {
  acknowledge(scope, PREDICTOR);
}

function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(scope).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
