import { CfnOutput, Duration, Size, type Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import {
  Auth,
  CacheStrategy,
  Model,
  ModelSource,
  PredictionCache,
  type PredictionCacheProps,
  Predictor,
} from '../../../lib';
import { app, fixture, model, newStack } from './test-app';

const common = {
  auth: Auth.none(),
  throttle: { rate: 1000, burst: 1000 },
  // A small machine with many functions is slow to answer, which is not what is tested here.
  cacheTimeout: Duration.seconds(3),
};

/** What a test needs to reach a service and to look behind it. */
function addCacheOutputs(stack: Stack, { api, cached, predictor }: PredictionCache): void {
  const inner = cached instanceof Predictor ? cached : undefined;
  const outputs = {
    Path: `/restapis/${api.restApi.restApiId}/${api.restApi.deploymentStage.stageName}/_user_request_`,
    Table: predictor.cacheTable.tableName,
    Bucket: predictor.cacheBucket?.bucketName,
    CacheFunction: predictor.function.functionName,
    CacheRole: predictor.role.roleName,
    CacheLogGroup: predictor.logGroup.logGroupName,
    PredictorFunction: inner?.function.functionName,
    PredictorLogGroup: inner?.logGroup.logGroupName,
  };
  for (const [name, value] of Object.entries(outputs)) if (value) new CfnOutput(stack, name, { value });
}

function service(name: string, props: PredictionCacheProps): PredictionCache {
  const stack = newStack(name);
  const made = new PredictionCache(stack, 'Service', { ...common, ...props });
  addCacheOutputs(stack, made);
  return made;
}

const slow = (): Model => Model.fromAsset(fixture('slow'));
const iris = (): Model => Model.fromAsset(process.env.MODEL ? fixture(process.env.MODEL) : model('iris'));
// Fifty fronts that start at once take their time on a small machine.
const patient = { deadline: Duration.seconds(12), cacheDeadline: Duration.seconds(28) };

// Each answer takes as long as its input asks; nothing is remembered, so that what is seen is the table.
const unremembered = { memoryTtl: Duration.millis(0) };
service('CacheConcurrent', { model: slow(), ...patient, ...unremembered });
service('CacheLookupFirst', { model: slow(), ...patient, ...unremembered, strategy: CacheStrategy.LOOKUP_FIRST });
service('CacheSingleFlight', { model: slow(), ...patient, singleFlight: true, maxInflight: 2 });

// Old answers while they are refreshed, and a client that may ask for new ones.
service('CacheStale', {
  model: iris(),
  strategy: CacheStrategy.LOOKUP_FIRST,
  ttl: Duration.seconds(2),
  staleWhileRevalidate: Duration.minutes(5),
  memoryTtl: Duration.millis(0),
  allowBypass: true,
});

// Whatever a pointer names, looked at with each request; answers may be too large for a row.
const pointed = newStack('CachePointer');
const models = Bucket.fromBucketName(pointed, 'Models', process.env.MODEL_BUCKET ?? '');
const source = ModelSource.fromPointer(models, 'iris/current.json', { checkInterval: Duration.seconds(1) });
addCacheOutputs(
  pointed,
  new PredictionCache(pointed, 'Service', {
    ...common,
    ...unremembered,
    model: Model.fromDirectory(model('iris'), source),
    strategy: CacheStrategy.LOOKUP_FIRST,
    maxEntrySize: Size.mebibytes(4),
    bucket: models,
  }),
);

// As it is without options; its model is another one in the next release.
service('CacheDefault', { model: iris() });

app.synth();
