import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { BATCH_ENV, type BatchSettings } from '../../../lambdas/shared/contract';
import {
  Batch,
  BatchFormat,
  BatchOverlap,
  type BatchProps,
  BatchRetry,
  BatchSchedule,
  Hook,
  Model,
} from '../../../lib';
import { stateMachines } from '../../cloudformation/state-machines';
import { newStack } from '../stack';

const iris = () => Model.fromAsset('models/iris');

function build(props: Partial<BatchProps> = {}) {
  const stack = newStack();
  const batch = new Batch(stack, 'Batch', { model: iris(), ...props });
  return { batch, stack, template: Template.fromStack(stack) };
}

// biome-ignore lint/suspicious/noExplicitAny: a state machine as JSON
function machineOf(template: Template): any {
  return Object.values(stateMachines(template.toJSON()))[0];
}

function settingsOf(template: Template): BatchSettings {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  const [text] = functions.flatMap(({ Properties }) => Properties.Environment?.Variables?.[BATCH_ENV.settings] ?? []);
  return JSON.parse(typeof text === 'string' ? text : text['Fn::Join'][1].join(''));
}

describe('[4.1] schedules', () => {
  test.each([
    ['a rate', BatchSchedule.rate(Duration.hours(6)), 'rate(360 minutes)'],
    ['a calendar', BatchSchedule.cron('0 2 * * ? *'), 'cron(0 2 * * ? *)'],
    ['one time', BatchSchedule.at('2027-01-31T02:00:00'), 'at(2027-01-31T02:00:00)'],
  ])(
    '%s, with time zone and flexible window, starts the state machine and says when it was meant to be',
    (_, schedule, expression) => {
      const { template } = build({ schedule, timeZone: 'Europe/Berlin', flexibleWindow: Duration.minutes(15) });
      template.hasResourceProperties('AWS::Scheduler::Schedule', {
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
        Target: { Arn: Match.anyValue(), Input: Match.stringLikeRegexp('aws.scheduler.scheduled-time') },
      });
    },
  );

  test('without one there is none, and nobody waits for runs', () => {
    const { batch, template } = build();
    template.resourceCountIs('AWS::Scheduler::Schedule', 0);
    expect(Object.keys(batch.monitoring.alarms)).not.toContain('HeartbeatAlarm');
  });
});

describe('[4.4] what is tried again', () => {
  const retriesOf = (retry?: BatchRetry) => {
    const { States } = machineOf(build({ retry, maxAttempts: 4 }).template);
    const ofAll = (list: { ErrorEquals: string[]; MaxAttempts: number }[] = []) =>
      list.filter(({ ErrorEquals }) => ErrorEquals.includes('States.ALL')).map(({ MaxAttempts }) => MaxAttempts);
    const map = States.MiniJobs;
    return {
      map: ofAll(map.Retry),
      worker: ofAll(map.ItemProcessor.States.Work.Retry),
      tolerated: map.ToleratedFailurePercentage,
    };
  };

  test('the mini-job alone, the whole run, or nothing', () => {
    // None is what Step Functions tolerates where it is told nothing.
    expect(retriesOf()).toEqual({ map: [], worker: [3], tolerated: 10 });
    expect(retriesOf(BatchRetry.ALL)).toEqual({ map: [3], worker: [], tolerated: undefined });
    expect(retriesOf(BatchRetry.NONE)).toEqual({ map: [], worker: [], tolerated: 10 });
  });
});

describe('[4.6] mini-jobs', () => {
  test('are read from a list in S3 as STANDARD executions, at most so many at once, and answer next to nothing', () => {
    const { States, TimeoutSeconds } = machineOf(build({ maxConcurrency: 7, deadline: Duration.hours(1) }).template);
    const map = States.MiniJobs;
    expect(map).toMatchObject({ MaxConcurrency: 7, ResultPath: null, Label: 'MiniJobs' });
    expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(map.ItemReader.ReaderConfig).toEqual({ InputType: 'JSON' });
    expect(map.ItemProcessor.States.Work).toMatchObject({ ResultSelector: {}, TimeoutSeconds: 605 });
    expect(TimeoutSeconds).toBe(7200);
  });

  test('have workers whose young generation does not grow with the file', () => {
    build().template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { NODE_OPTIONS: '--max-semi-space-size=4' } },
    });
  });

  test('are as large as the measurements of the model say', () => {
    expect(settingsOf(build().template)).toMatchObject({ rowsPerRun: 1024, chunkRows: 100_000 });
    expect(settingsOf(build({ rowsPerRun: 8, chunkRows: 10 }).template)).toMatchObject({
      rowsPerRun: 8,
      chunkRows: 10,
    });
  });
});

test('[4.7] alarms on deadline and heartbeat look at what the books of runs emit; without a word of them the heartbeat is on', () => {
  const { batch, template } = build({ schedule: BatchSchedule.rate(Duration.days(1)), serviceName: 'nightly' });
  const dimensions = [
    { Name: 'model', Value: 'iris' },
    { Name: 'service', Value: 'nightly' },
  ];
  const alarm = (MetricName: string) => ({ Namespace: 'CdkMlServing', MetricName, Dimensions: dimensions });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...alarm('RunsOverdue'),
    Threshold: 0,
    TreatMissingData: 'notBreaching',
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...alarm('HeartbeatAge'),
    Threshold: 1,
    TreatMissingData: 'breaching',
  });
  expect(settingsOf(template).heartbeatMs).toBe((2 * 24 + 6) * 3_600_000);
  expect(Object.keys(batch.monitoring.alarms).sort()).toEqual([
    'DeadlineAlarm',
    'HeartbeatAlarm',
    'RunsFailedAlarm',
    'RunsPartialAlarm',
    'WatcherAlarm',
  ]);
});

describe('[X.9] least privilege', () => {
  test('the state machine may run its functions and its mini-jobs, read its lists, and write its log', () => {
    const { stack, template } = build();
    const [, policy] =
      Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.includes('MachineRole')) ?? [];
    const actions = policy?.Properties.PolicyDocument.Statement.map(
      ({ Action, Resource }: { Action: string | string[]; Resource: unknown }) => [[Action].flat()[0], Resource],
    );
    expect(actions.map(([action]: [string]) => action)).toEqual([
      'lambda:InvokeFunction',
      's3:GetObject',
      'logs:CreateLogDelivery',
    ]);
    expect(actions[0][1]).toHaveLength(4);
    expect(JSON.stringify(actions[0][1])).not.toContain('*');
    expect(JSON.stringify(actions[1][1])).toContain('/output/*');
    const map = Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) =>
      id.includes('MapPolicy'),
    )?.[1];
    const statements = map?.Properties.PolicyDocument.Statement;
    expect(statements).toHaveLength(2);
    expect(statements[0]).toMatchObject({
      Action: 'states:StartExecution',
      Resource: {
        Ref: stack.getLogicalId(
          stack.node.findChild('Batch').node.findChild('StateMachine').node.defaultChild as never,
        ),
      },
    });
    expect(JSON.stringify(statements[1])).toContain('/MiniJobs:*');
  });

  test('a worker reads below the prefix of the input and writes below that of the results', () => {
    const { template } = build({ input: 'days/{date}/rows.csv', outputPrefix: 'scores/' });
    const [, policy] =
      Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.includes('WorkerRole')) ?? [];
    const text = JSON.stringify(policy?.Properties.PolicyDocument.Statement);
    expect(text).toContain('"/days/*"');
    expect(text).toContain('"/scores/*"');
    expect(text).not.toMatch(/s3:(DeleteObject|ListBucket)|"Resource":"\*"/);
  });
});

describe('what cannot work is refused at synth, and the message begins with the property', () => {
  const measured = { expectedRows: 1e13 };
  test.each<[Partial<BatchProps>, RegExp]>([
    [{ maxConcurrency: 0 }, /^maxConcurrency must be/],
    [{ maxAttempts: 11 }, /^maxAttempts must be from 1 to 10; got 11/],
    [{ toleratedFailurePercentage: 101 }, /^toleratedFailurePercentage must be/],
    [{ chunkTimeout: Duration.minutes(16) }, /^chunkTimeout must be/],
    [{ flexibleWindow: Duration.hours(25) }, /^flexibleWindow must be/],
    [{ timeZone: 'Berlin' }, /^timeZone must be one of the IANA database/],
    [{ delimiter: ';;' }, /^delimiter must be one character/],
    [{ delimiter: '§' }, /^delimiter must be one character of ASCII/],
    [{ outputs: ['nothing'] }, /^outputs must be some of label, probabilities/],
    [{ joinColumns: ['a'] }, /^joinColumns must come with join/],
    [{ outputPrefix: 'output' }, /^outputPrefix must end in/],
    [{ input: 'a*' }, /^input must not hold/],
    [{ daysBack: -1 }, /^daysBack must be/],
    [measured, /^deadline \(21600 s\) must be longer than what 10000000000000 rows take/],
  ])('%j', (props, message) => {
    expect(() => build(props)).toThrow(message);
  });

  test.each([
    [() => BatchSchedule.rate(Duration.seconds(30)), /^schedule: a rate is whole minutes/],
    [() => BatchSchedule.cron('0 2 * * *'), /^schedule: a cron has six fields/],
    [() => BatchSchedule.at('tomorrow'), /^schedule: a time is/],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('[4.2] hooks', () => {
  const preprocess = Hook.fromAsset('test/fixtures/hooks/lengths.mjs');

  test('ship with the workers, and rows are bodies then', () => {
    const { batch, template } = build({ preprocess });
    expect(settingsOf(template).bodies).toBe(true);
    expect(batch.worker.revision).not.toBe(build().batch.worker.revision);
  });

  test.each<[Partial<BatchProps>, RegExp]>([
    [{ format: BatchFormat.CSV }, /^format must be jsonl with preprocess or postprocess/],
    [{ outputs: ['label'] }, /^outputs must not be given with preprocess or postprocess/],
  ])('with %j are refused', (props, message) => {
    expect(() => build({ preprocess, ...props })).toThrow(message);
    expect(() => build({ postprocess: preprocess, ...props })).toThrow(message);
  });
});

test('two in one stack, and with buckets of somebody else', () => {
  const stack = newStack();
  const bucket = Bucket.fromBucketName(stack, 'Data', 'data');
  new Batch(stack, 'One', { model: iris() });
  new Batch(stack, 'Two', { model: iris(), inputBucket: bucket, outputBucket: bucket, overlap: BatchOverlap.QUEUE });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 2);
  template.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
  template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
  template.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
});
