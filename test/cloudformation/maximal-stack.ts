import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { InterfaceVpcEndpointAwsService, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import {
  Auth,
  BreakerTable,
  Fallback,
  Model,
  ModelSource,
  PredictionCircuitBreak,
  Predictor,
  ServingAccount,
  Synchronous,
  WebSingle,
} from '../../lib';

/** Every option of every construct at least once. */
export function addMaximal(stack: Stack): void {
  const encryptionKey = new Key(stack, 'Key');
  const vpc = new Vpc(stack, 'Vpc');
  const bucket = new Bucket(stack, 'Models');
  const certificateArn = `arn:aws:acm:eu-west-1:111111111111:certificate/${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`;
  const pool = new UserPool(stack, 'Pool');
  const iris = Model.fromAsset('models/iris');
  new ServingAccount(stack, 'Account');

  new WebSingle(stack, 'Everything', {
    model: iris,
    serviceName: 'everything',
    deadline: Duration.seconds(20),
    memory: Size.mebibytes(2048),
    ephemeralStorage: Size.gibibytes(1),
    architecture: Architecture.X86_64,
    reservedConcurrency: 50,
    provisionedConcurrency: 2,
    maxProvisionedConcurrency: 10,
    maxBodySize: Size.mebibytes(1),
    encryptionKey,
    vpc,
    vpcSubnets: { subnets: vpc.privateSubnets },
    securityGroups: [new SecurityGroup(stack, 'Group', { vpc })],
    logRetention: RetentionDays.ONE_WEEK,
    auth: Auth.cognito(pool, ['models/predict']).withApiKey({ callers: ['ada'], rate: 5, burst: 10, quotaPerDay: 100 }),
    access: { cidrs: ['203.0.113.0/24'] },
    throttle: { rate: 100, burst: 200 },
    inferThrottle: { rate: 10, burst: 20 },
    corsOrigin: 'https://example.org',
    domain: {
      domainName: 'models.example.org',
      certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn),
      basePath: 'iris',
    },
    webAclArn: 'arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/models/0123',
    accessLogs: true,
    stageName: 'v1',
    alarmTopic: new Topic(stack, 'Alarms'),
    monthlyBudget: { emails: ['ops@example.org'], amountUsd: 50 },
    payloadLog: { sampleRate: 0.01, redact: ['features'], maxSize: Size.kibibytes(2) },
  });
  new Synchronous(stack, 'Private', {
    model: Model.fromDirectory('models/iris', ModelSource.fromPointer(bucket, 'iris/current.json')),
    auth: Auth.iam(),
    access: {
      vpcEndpoints: [vpc.addInterfaceEndpoint('Api', { service: InterfaceVpcEndpointAwsService.APIGATEWAY })],
      accounts: ['222222222222'],
    },
    dashboard: false,
  });
  new Synchronous(stack, 'Jwt', {
    model: Model.fromDirectory('models/iris', ModelSource.fromBucket(bucket, 'iris.onnx', iris.card.sha256)),
    auth: Auth.jwt({ issuer: 'https://issuer.example', audience: ['models'], scopes: ['predict'] }),
    p99Objective: Duration.millis(300),
    encryptionKey,
  });
  new WebSingle(stack, 'Open', { model: iris, auth: Auth.none() });
  new WebSingle(stack, 'Signed', { model: iris, auth: Auth.iam().withApiKey() });
  new PredictionCircuitBreak(stack, 'Break', {
    model: iris,
    fallback: Fallback.lastResult(Duration.minutes(30)),
    maxConcurrency: 10,
    failureRate: 0.3,
    slowCallDuration: Duration.seconds(1),
    slowCallRate: 0.5,
    failureWindow: Duration.minutes(1),
    minimumCalls: 10,
    openDuration: Duration.seconds(5),
    probes: 3,
    deadline: Duration.seconds(10),
    breakerTable: new BreakerTable(stack, 'BreakerTable', { encryptionKey }),
    throttledResponse: { body: '{"label": null}', status: 503, retryAfter: Duration.seconds(5) },
    encryptionKey,
    frontMemory: Size.mebibytes(512),
    dashboard: false,
  });
  const predictor = new Predictor(stack, 'Alone', { model: iris });
  new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(predictor.predictTask(stack, 'Ask')),
  });
}
