import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import {
  Aggregation,
  Auth,
  HorizontalPredictor,
  type InferenceApi,
  MicroserviceHorizontal,
  MicroserviceVertical,
  Model,
  ParallelPolicy,
  Predictor,
  type PredictorGraph,
  PreprocessPrediction,
  Transform,
} from '../../../lib';
import { app, fixture, model, newStack, transformIn } from './test-app';

const open = { auth: Auth.none(), throttle: { rate: 1000, burst: 1000 } };

/** What a test needs to reach a service and to look behind it. */
function addServiceOutputs(
  stack: Stack,
  id: string,
  { api, graph }: { api: InferenceApi; graph?: PredictorGraph },
): void {
  const { restApi } = api;
  const outputs = {
    Path: `/restapis/${restApi.restApiId}/${restApi.deploymentStage.stageName}/_user_request_`,
    LogGroup: graph?.logGroup.logGroupName,
    Bucket: graph?.payloadBucket.bucketName,
  };
  for (const [name, value] of Object.entries(outputs)) if (value) new CfnOutput(stack, `${id}${name}`, { value });
}

function addPredictor(stack: Stack, id: string, folder: string, deadline = Duration.seconds(10)): Predictor {
  const predictor = new Predictor(stack, id, {
    model: Model.fromAsset(folder),
    serviceName: id.toLowerCase(),
    deadline,
  });
  new CfnOutput(stack, `${id}Logs`, { value: predictor.logGroup.logGroupName });
  new CfnOutput(stack, `${id}Function`, { value: predictor.function.functionName });
  return predictor;
}

// On digits: found on a canvas, classified, and by a better model where the first is not sure.
const digits = newStack('GraphDigits');
const locate = addPredictor(digits, 'Locate', model('digits-locate'));
const fast = addPredictor(digits, 'Fast', model('digits-fast'));
const better = addPredictor(digits, 'Better', model('digits'));
const linear = addPredictor(digits, 'Linear', model('digits-linear'));
addServiceOutputs(
  digits,
  'Vertical',
  new MicroserviceVertical(digits, 'Vertical', {
    ...open,
    modelName: 'digits-vertical',
    stages: [
      { name: 'locate', predictor: locate },
      { name: 'fast', predictor: fast },
      { name: 'better', predictor: better, when: { output: 'fast.probabilities', below: 0.9 } },
    ],
  }),
);
const models = [
  { name: 'fast', predictor: fast },
  { name: 'better', predictor: better },
  { name: 'linear', predictor: linear },
];
addServiceOutputs(
  digits,
  'Nested',
  new MicroserviceVertical(digits, 'Nested', {
    ...open,
    modelName: 'digits-nested',
    stages: [
      { name: 'locate', predictor: locate },
      {
        name: 'ensemble',
        predictor: new HorizontalPredictor(digits, 'Ensemble', { models, aggregation: Aggregation.mean() }),
      },
    ],
  }),
);
addServiceOutputs(
  digits,
  'Horizontal',
  new MicroserviceHorizontal(digits, 'Horizontal', { ...open, modelName: 'digits-all', models }),
);

// As slow as the input asks, and failing where it asks.
const slow = newStack('GraphSlow');
const one = addPredictor(slow, 'One', fixture('slow'));
const two = addPredictor(slow, 'Two', fixture('poison'));
const three = addPredictor(slow, 'Three', fixture('slow'));
addServiceOutputs(
  slow,
  'Vertical',
  new MicroserviceVertical(slow, 'Vertical', {
    ...open,
    modelName: 'slow-vertical',
    deadline: Duration.seconds(8),
    stages: [
      { name: 'one', predictor: one, inputs: { iterations: 'request.one' } },
      {
        name: 'two',
        predictor: two,
        inputs: { x: 'one.y', index: 'request.index', iterations: 'request.two' },
      },
      { name: 'three', predictor: three, inputs: { x: 'one.y', iterations: 'request.three' } },
    ],
  }),
);
const members = [one, two, three].map((predictor, at) => {
  const name = ['one', 'two', 'three'][at] as string;
  return { name, predictor, inputs: { iterations: `request.${name}` } };
});
for (const [id, policy, quorum] of [
  ['Partial', ParallelPolicy.PARTIAL, 2],
  ['Wait', ParallelPolicy.WAIT, undefined],
  ['Fail', ParallelPolicy.FAIL, undefined],
] as const) {
  addServiceOutputs(
    slow,
    id,
    new MicroserviceHorizontal(slow, id, {
      ...open,
      modelName: 'slow-horizontal',
      deadline: Duration.seconds(10),
      models: members,
      policy,
      quorum,
    }),
  );
}

// Preprocessing apart from the model, asked by one another and by a state machine.
const chain = newStack('Preprocess');
const transform = Transform.fromAsset(transformIn('paper'));
const retrieve = Transform.fromAsset(transformIn('archive'));
const behind = addPredictor(chain, 'Model', model('digits'), Duration.seconds(4));
const deadline = Duration.seconds(6);
const chained = new PreprocessPrediction(chain, 'Chain', { ...open, transform, predictor: behind, deadline });
const proxied = new PreprocessPrediction(chain, 'Proxied', {
  ...open,
  retrieve,
  transform,
  predictor: behind,
  deadline,
});
addServiceOutputs(chain, 'Chain', { api: chained.api });
addServiceOutputs(chain, 'Proxied', { api: proxied.api, graph: proxied.predictor.graph });
for (const [id, handler] of [
  ['Chain', chained.predictor.preprocessor.function],
  ['ProxiedPreprocess', proxied.predictor.preprocessor.function],
  ['Retrieve', proxied.predictor.retriever?.function],
] as const) {
  if (handler) new CfnOutput(chain, `${id}Function`, { value: handler.functionName });
}
new CfnOutput(chain, 'ChainLogGroup', { value: chained.predictor.preprocessor.logGroup.logGroupName });

app.synth();
