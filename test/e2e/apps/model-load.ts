import { Duration } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import {
  Auth,
  Model,
  ModelSource,
  type Predictor,
  PreprocessPrediction,
  Synchronous,
  Transform,
  WebSingle,
} from '../../../lib';
import { addOutputs, app, model, newStack, transformIn } from './test-app';

// The test makes the bucket and its objects before it deploys.
const { MODEL_BUCKET = '', MODEL_SHA256 = '', RELEASE_KEY = '' } = process.env;
const auth = Auth.none();

// One object, named by the deployment.
const object = newStack('test-load-object');
const objectService = new WebSingle(object, 'Object', {
  model: Model.fromDirectory(
    model('iris'),
    ModelSource.fromBucket(Bucket.fromBucketName(object, 'Models', MODEL_BUCKET), 'object/iris.onnx', MODEL_SHA256),
  ),
  serviceName: 'load-object',
  auth,
});
addOutputs(object, objectService);

// Whatever the pointer names, looked at once a second.
const pointer = newStack('test-load-pointer');
const pointerService = new Synchronous(pointer, 'Pointer', {
  model: Model.fromDirectory(
    model('iris'),
    ModelSource.fromPointer(Bucket.fromBucketName(pointer, 'Models', MODEL_BUCKET), 'pointer/current.json', {
      checkInterval: Duration.seconds(1),
    }),
  ),
  serviceName: 'load-pointer',
  auth,
});
addOutputs(pointer, { api: pointerService.api, predictor: pointerService.predictor as Predictor });

// Preprocessing and a model that is released without it.
const pair = newStack('test-load-pair');
const pairService = new PreprocessPrediction(pair, 'Pair', {
  transform: Transform.fromAsset(transformIn('paper')),
  model: Model.fromDirectory(
    model('digits'),
    ModelSource.fromPointer(Bucket.fromBucketName(pair, 'Models', MODEL_BUCKET), 'pair/current.json', {
      checkInterval: Duration.seconds(1),
    }),
  ),
  serviceName: 'load-pair',
  auth,
});
addOutputs(pair, { api: pairService.api, predictor: pairService.predictor.model as Predictor });

// Released twice; the second time its object holds other bytes.
const release = newStack('test-load-release');
const releaseService = new WebSingle(release, 'Release', {
  model: Model.fromDirectory(
    model('iris'),
    ModelSource.fromBucket(Bucket.fromBucketName(release, 'Models', MODEL_BUCKET), RELEASE_KEY, MODEL_SHA256),
  ),
  serviceName: 'load-release',
  auth,
});
addOutputs(release, releaseService);

app.synth();
