import { CfnOutput, type CfnResource, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Asynchronous, Auth, type JobService, Model, MultipleStage, Predictor, ResultSink } from '../../../lib';
import { app, fixture, model, newStack } from './test-app';

const auth = Auth.none();
const throttle = { rate: 1000, burst: 1000 };
const quick = {
  auth,
  throttle,
  deadline: Duration.seconds(1),
  sweepInterval: Duration.minutes(1),
  // Fifty fronts that start at once take their time on a small machine.
  submitDeadline: Duration.seconds(29),
};
const digits = () => Model.fromAsset(model('digits'));

function outputs(stack: Stack, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) new CfnOutput(stack, name, { value });
}

/** What a test needs to reach a service and to look behind it. */
function addJobOutputs(stack: Stack, { api, front, jobs, worker }: JobService): void {
  const source = (worker.alias ?? worker.function).node
    .findAll()
    .map(({ node }) => node.defaultChild as CfnResource | undefined)
    .find((child) => child?.cfnResourceType === 'AWS::Lambda::EventSourceMapping');
  outputs(stack, {
    Path: `/restapis/${api.restApi.restApiId}/${api.restApi.deploymentStage.stageName}/_user_request_`,
    Table: jobs.table.tableName,
    QueueUrl: jobs.queue.queueUrl,
    ExhaustedQueueUrl: jobs.exhaustedQueue?.queueUrl,
    DeadLetterQueueUrl: jobs.deadLetterQueue.queueUrl,
    PayloadBucket: jobs.payloadBucket.bucketName,
    SubmitFunction: front.function.functionName,
    SubmitRole: front.role.roleName,
    SubmitLogGroup: front.logGroup.logGroupName,
    WorkerFunction: worker.function.functionName,
    WorkerRole: worker.role.roleName,
    WorkerLogGroup: worker.logGroup.logGroupName,
    EventSourceMapping: source?.ref,
    SweepFunction: jobs.sweeper.function.functionName,
    SweepRole: jobs.sweeper.role.roleName,
    SweepLogGroup: jobs.sweeper.logGroup.logGroupName,
    DeadLetterFunction: jobs.deadLetterHandler?.function.functionName,
    DeadLetterRole: jobs.deadLetterHandler?.role.roleName,
    DeadLetterLogGroup: jobs.deadLetterHandler?.logGroup.logGroupName,
  });
}

const asyncDigits = newStack('AsyncDigits');
addJobOutputs(asyncDigits, new Asynchronous(asyncDigits, 'Service', { model: digits(), ...quick }));

// Everybody hears of every result.
const sinks = newStack('AsyncSinks');
const [fromTopic, fromBus, direct] = ['FromTopic', 'FromBus', 'Direct'].map((id) => new Queue(sinks, id)) as [
  Queue,
  Queue,
  Queue,
];
const topic = new Topic(sinks, 'Topic');
topic.addSubscription(new SqsSubscription(fromTopic, { rawMessageDelivery: true }));
const bus = new EventBus(sinks, 'Bus');
new Rule(sinks, 'Ended', {
  eventBus: bus,
  eventPattern: { source: ['cdk-ml-serving'] },
  targets: [new SqsQueue(fromBus)],
});
const results = new Bucket(sinks, 'Results', { removalPolicy: RemovalPolicy.DESTROY });
addJobOutputs(
  sinks,
  new Asynchronous(sinks, 'Service', {
    model: digits(),
    ...quick,
    sinks: [ResultSink.topic(topic), ResultSink.eventBus(bus), ResultSink.queue(direct), ResultSink.bucket(results)],
  }),
);
outputs(sinks, {
  FromTopicUrl: fromTopic.queueUrl,
  FromBusUrl: fromBus.queueUrl,
  DirectUrl: direct.queueUrl,
  ResultsBucket: results.bucketName,
  TopicArn: topic.topicArn,
  BusName: bus.eventBusName,
});

// In order within a group.
const fifo = newStack('AsyncFifo');
const queue = new Queue(fifo, 'Ordered', { fifo: true, visibilityTimeout: Duration.seconds(30) });
addJobOutputs(fifo, new Asynchronous(fifo, 'Service', { model: digits(), ...quick, batchSize: 1, queue }));

// The worker asks a predictor that others may ask too.
const byPredictor = newStack('AsyncPredictor');
const predictor = new Predictor(byPredictor, 'Digits', { model: digits(), deadline: Duration.seconds(2) });
addJobOutputs(
  byPredictor,
  new Asynchronous(byPredictor, 'Service', { predictor, ...quick, deadline: Duration.seconds(3) }),
);
outputs(byPredictor, { PredictorFunction: predictor.function.functionName });

// Each job takes as long as its input asks.
const slow = newStack('AsyncSlow');
addJobOutputs(
  slow,
  new Asynchronous(slow, 'Service', {
    ...quick,
    model: Model.fromAsset(fixture('slow')),
    deadline: Duration.seconds(2),
    jobTimeout: Duration.minutes(1),
    maxConcurrency: 2,
  }),
);

// Some rows fail a run, or kill who runs them.
const poisoned = newStack('AsyncPoison');
addJobOutputs(
  poisoned,
  new Asynchronous(poisoned, 'Service', {
    ...quick,
    model: Model.fromAsset(fixture('poison')),
    batchSize: 10,
    maxStackedRows: 64,
  }),
);

// A quick answer and a better one.
const stages = newStack('TwoStage');
const twoStage = new MultipleStage(stages, 'Service', {
  ...quick,
  fast: Model.fromAsset(model('digits-fast')),
  model: digits(),
});
addJobOutputs(stages, twoStage);
outputs(stages, {
  FastFunction: (twoStage.fast as Predictor).function.functionName,
  FastLogGroup: (twoStage.fast as Predictor).logGroup.logGroupName,
});

// Jobs belong to who submitted them.
const owners = newStack('AsyncOwners');
addJobOutputs(owners, new Asynchronous(owners, 'Service', { model: digits(), ...quick, auth: Auth.iam() }));

app.synth();
