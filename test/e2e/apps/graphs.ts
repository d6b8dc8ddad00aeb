import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import {
  Aggregation,
  Auth,
  Dependency,
  Model,
  ParallelPolicy,
  Predictor,
  PredictorGraph,
  Step,
  Synchronous,
} from '../../../lib';
import { app, fixture, model, newStack } from './test-app';

const auth = Auth.none();
const throttle = { rate: 1000, burst: 1000 };

/** What a test needs to reach a graph and to look behind it. */
function addGraphOutputs(stack: Stack, id: string, graph: PredictorGraph, service: Synchronous): void {
  const { restApi } = service.api;
  const outputs = {
    Path: `/restapis/${restApi.restApiId}/${restApi.deploymentStage.stageName}/_user_request_`,
    LogGroup: graph.logGroup.logGroupName,
    Role: graph.role.roleName,
    Function: graph.function.functionName,
    Bucket: graph.payloadBucket.bucketName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${id}${name}`, { value });
}

function addPredictor(stack: Stack, id: string, folder: string, deadline = Duration.seconds(10)): Predictor {
  const predictor = new Predictor(stack, id, { model: Model.fromAsset(folder), deadline });
  new CfnOutput(stack, `${id}Logs`, { value: predictor.logGroup.logGroupName });
  new CfnOutput(stack, `${id}Role`, { value: predictor.role.roleName });
  new CfnOutput(stack, `${id}Function`, { value: predictor.function.functionName });
  return predictor;
}

function serve(stack: Stack, id: string, graph: PredictorGraph): void {
  addGraphOutputs(stack, id, graph, new Synchronous(stack, `${id}Api`, { predictor: graph, auth, throttle }));
}

// On digits: found on a canvas, classified, and by a better model where the first is not sure.
const digits = newStack('GraphDigits');
const locate = addPredictor(digits, 'Locate', model('digits-locate'));
const fast = addPredictor(digits, 'Fast', model('digits-fast'));
const better = addPredictor(digits, 'Better', model('digits'));
const linear = addPredictor(digits, 'Linear', model('digits-linear'));
serve(
  digits,
  'Vertical',
  new PredictorGraph(digits, 'Vertical', {
    serviceName: 'vertical',
    modelName: 'digits-vertical',
    steps: [
      Step.predict('locate', locate),
      Step.predict('fast', fast),
      Step.choose('decide', [
        { when: { output: 'fast.probabilities', below: 0.99 }, step: Step.predict('better', better) },
      ]),
    ],
    result: { label: 'better.label | fast.label' },
  }),
);
const ensemble = new PredictorGraph(digits, 'Ensemble', {
  serviceName: 'ensemble',
  modelName: 'digits-ensemble',
  steps: [
    Step.parallel('all', [Step.predict('fast', fast), Step.predict('better', better), Step.predict('linear', linear)], {
      aggregation: Aggregation.mean(),
    }),
  ],
});
serve(digits, 'Ensemble', ensemble);
serve(
  digits,
  'Nested',
  new PredictorGraph(digits, 'Nested', {
    serviceName: 'nested',
    modelName: 'digits-nested',
    steps: [Step.predict('locate', locate), Step.predict('ensemble', ensemble)],
  }),
);

// Three times the same model, each as slow as its input asks.
const slow = newStack('GraphSlow');
const [one, two, three] = ['One', 'Two', 'Three'].map((id) => addPredictor(slow, id, fixture('slow'))) as [
  Predictor,
  Predictor,
  Predictor,
];
const asks = (name: string, predictor: Predictor, options = {}) =>
  Step.predict(name, predictor, { inputs: { iterations: `request.${name}`, x: 'request.x' }, ...options });
serve(
  slow,
  'Vertical',
  new PredictorGraph(slow, 'Vertical', {
    serviceName: 'slow-vertical',
    deadline: Duration.seconds(8),
    steps: [
      asks('one', one),
      Step.predict('two', two, { inputs: { x: 'one.y', iterations: 'request.two' } }),
      Step.predict('three', three, { inputs: { x: 'two.y', iterations: 'request.three' } }),
    ],
  }),
);
for (const [id, policy, quorum] of [
  ['Partial', ParallelPolicy.PARTIAL, 2],
  ['Wait', ParallelPolicy.WAIT, undefined],
  ['Fail', ParallelPolicy.FAIL, undefined],
] as const) {
  serve(
    slow,
    id,
    new PredictorGraph(slow, id, {
      serviceName: `slow-${id.toLowerCase()}`,
      deadline: Duration.seconds(5),
      steps: [
        Step.parallel(
          'all',
          [
            asks('one', one),
            asks('two', two),
            asks('three', three, id === 'Fail' ? { dependency: Dependency.SOFT } : {}),
          ],
          { policy, quorum },
        ),
      ],
    }),
  );
}

app.synth();
