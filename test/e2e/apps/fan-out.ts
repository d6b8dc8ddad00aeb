import { CfnOutput, type CfnResource, Duration, type Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  Aggregation,
  AsynchronousHorizontal,
  Auth,
  Dependency,
  type JobWorker,
  Model,
  Predictor,
  ResultSink,
} from '../../../lib';
import { app, fixture, model, newStack } from './test-app';

const quick = {
  auth: Auth.none(),
  throttle: { rate: 1000, burst: 1000 },
  // Fifty fronts that start at once take their time on a small machine.
  submitDeadline: Duration.seconds(29),
  maxAttempts: 2,
};

/** What a test needs to reach the service and to look behind it; of a model's own, with its name before it. */
function addFanOutOutputs(stack: Stack, { api, front, jobs }: AsynchronousHorizontal, sink: Queue): void {
  const whole = {
    Path: `/restapis/${api.restApi.restApiId}/${api.restApi.deploymentStage.stageName}/_user_request_`,
    Table: jobs.table.tableName,
    PayloadBucket: jobs.payloadBucket.bucketName,
    TopicArn: jobs.topic.topicArn,
    SinkUrl: sink.queueUrl,
    QueueUrl: jobs.gatherQueue.queueUrl,
    DeadLetterQueueUrl: jobs.gatherDeadLetterQueue.queueUrl,
    SubmitRole: front.role.roleName,
    SubmitLogGroup: front.logGroup.logGroupName,
    SweepFunction: jobs.sweeper.function.functionName,
    SweepRole: jobs.sweeper.role.roleName,
    SweepLogGroup: jobs.sweeper.logGroup.logGroupName,
    WorkerRole: jobs.gatherer.role.roleName,
    WorkerLogGroup: jobs.gatherer.logGroup.logGroupName,
    EventSourceMapping: mappingOf(jobs.gatherer.function),
  };
  for (const [name, value] of Object.entries(whole)) new CfnOutput(stack, name, { value });
  for (const [name, { deadLetterQueue, exhaustedQueue, queue, worker }] of Object.entries(jobs.lanes)) {
    const own = {
      QueueUrl: queue.queueUrl,
      DeadLetterQueueUrl: deadLetterQueue.queueUrl,
      ExhaustedQueueUrl: exhaustedQueue.queueUrl,
      WorkerRole: worker.role.roleName,
      WorkerLogGroup: worker.logGroup.logGroupName,
      EventSourceMapping: mappingOf(worker.alias ?? worker.function),
    };
    for (const [output, value] of Object.entries(own)) new CfnOutput(stack, `${name}${output}`, { value });
  }
}

function mappingOf(consumer: JobWorker['function'] | NonNullable<JobWorker['alias']>): string {
  const found = consumer.node
    .findAll()
    .map(({ node }) => node.defaultChild as CfnResource | undefined)
    .find((child) => child?.cfnResourceType === 'AWS::Lambda::EventSourceMapping');
  return found?.ref ?? '';
}

// Three models of digits, one of them with a function of its own; their average.
const digits = newStack('FanDigits');
const heard = new Queue(digits, 'Heard');
const linear = new Predictor(digits, 'Linear', {
  model: Model.fromAsset(model('digits-linear')),
  deadline: Duration.seconds(3),
});
addFanOutOutputs(
  digits,
  new AsynchronousHorizontal(digits, 'Service', {
    ...quick,
    modelName: 'digits-jury',
    deadline: Duration.seconds(3),
    models: [
      { name: 'fast', model: Model.fromAsset(model('digits-fast')) },
      { name: 'linear', predictor: linear },
      { name: 'better', model: Model.fromAsset(model('digits')) },
    ],
    aggregation: Aggregation.mean(),
    quorum: 2,
    sinks: [ResultSink.queue(heard)],
  }),
  heard,
);

// Each fails or takes long where its own input says so; without the first there is nothing.
const poisoned = newStack('FanPoison');
const told = new Queue(poisoned, 'Told');
addFanOutOutputs(
  poisoned,
  new AsynchronousHorizontal(poisoned, 'Service', {
    ...quick,
    modelName: 'poison-jury',
    deadline: Duration.seconds(10),
    models: ['one', 'two', 'three'].map((name) => ({
      name,
      model: Model.fromAsset(fixture('poison')),
      inputs: { index: `request.${name}`, iterations: `request.${name}-iterations` },
      dependency: name === 'one' ? Dependency.HARD : undefined,
    })),
    quorum: 2,
    sinks: [ResultSink.queue(told)],
  }),
  told,
);

app.synth();
