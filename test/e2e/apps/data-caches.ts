import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Auth, DataCache, type DataCacheProps, DataStore, Model } from '../../../lib';
import { app, model, newStack } from './test-app';

const common = {
  auth: Auth.none(),
  throttle: { rate: 1000, burst: 1000 },
  model: Model.fromAsset(model('iris')),
  // A small machine with many functions is slow to answer, which is not what is tested here.
  cacheTimeout: Duration.seconds(3),
  storeTimeout: Duration.seconds(5),
};

/** What a test needs to reach a service and to look behind it. */
function addDataOutputs(stack: Stack, { api, predictor }: DataCache, more: Record<string, string> = {}): void {
  const outputs = {
    Path: `/restapis/${api.restApi.restApiId}/${api.restApi.deploymentStage.stageName}/_user_request_`,
    Table: predictor.cacheTable.tableName,
    DataTable: predictor.dataTable?.tableName,
    CacheRole: predictor.role.roleName,
    CacheLogGroup: predictor.logGroup.logGroupName,
    FillerFunction: predictor.filler?.function.functionName,
    FillerLogGroup: predictor.filler?.logGroup.logGroupName,
    ...more,
  };
  for (const [name, value] of Object.entries(outputs)) if (value) new CfnOutput(stack, name, { value });
}

function service(name: string, props: DataCacheProps): void {
  const stack = newStack(name);
  addDataOutputs(stack, new DataCache(stack, 'Service', { ...common, ...props }));
}

// Store and cache are asked together; nothing is remembered, so that what is seen is the table.
service('DataInput', { memoryTtl: Duration.millis(0) });
// The stream of the table fills the cache.
service('DataPrepared', { prepared: true, memoryTtl: Duration.millis(0) });
// Nobody tells of changes; all of the table is read each minute.
service('DataRefreshed', { refreshEvery: Duration.minutes(1), memoryTtl: Duration.millis(0) });

// Objects fill it, as EventBridge tells of them.
const ofBucket = newStack('DataBucket');
const bucket = new Bucket(ofBucket, 'Users');
// The way of CDK's own is a custom resource, which the emulator does not run.
(bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
  eventBridgeConfiguration: { eventBridgeEnabled: true },
};
const made = new DataCache(ofBucket, 'Service', {
  ...common,
  store: DataStore.bucket(bucket, { prefix: 'users/' }),
  prepared: true,
  memoryTtl: Duration.millis(0),
});
addDataOutputs(ofBucket, made, { Bucket: bucket.bucketName });

app.synth();
