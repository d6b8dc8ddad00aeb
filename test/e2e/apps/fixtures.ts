import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Choice, Condition, DefinitionBody, Fail, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Auth, Model, Predictor, Synchronous, WebSingle } from '../../../lib';
import { addOutputs, app, fixture, model, newStack } from './test-app';

const auth = Auth.none();

// Takes as long as its input asks, and has two seconds for it.
const slow = newStack('test-slow');
const slowService = new Synchronous(slow, 'Slow', {
  model: Model.fromAsset(fixture('slow')),
  serviceName: 'slow',
  deadline: Duration.seconds(2),
  auth,
});
addOutputs(slow, { api: slowService.api, predictor: slowService.predictor as Predictor });

// One at a time, and patient.
const limited = newStack('test-limited');
const limitedService = new Synchronous(limited, 'Limited', {
  model: Model.fromAsset(fixture('slow')),
  serviceName: 'limited',
  reservedConcurrency: 1,
  deadline: Duration.seconds(20),
  auth,
});
addOutputs(limited, { api: limitedService.api, predictor: limitedService.predictor as Predictor });

// As many environments as there are requests.
const wide = newStack('test-wide');
const wideService = new WebSingle(wide, 'Wide', {
  model: Model.fromAsset(fixture('slow')),
  serviceName: 'wide',
  deadline: Duration.seconds(20),
  auth,
});
addOutputs(wide, wideService);

// Lets two requests through, then one a second.
const throttled = newStack('test-throttled');
const throttledService = new WebSingle(throttled, 'Throttled', {
  model: Model.fromAsset(model('iris')),
  throttle: { rate: 1, burst: 2 },
  corsOrigin: 'https://example.org',
  auth,
});
addOutputs(throttled, throttledService);

// Two predictors in a row, by the predictor contract: iris' probabilities are the score's input. Each logs the payload of
// half of its predictions.
const chain = newStack('test-chain');
const iris = new Predictor(chain, 'Iris', {
  model: Model.fromAsset(model('iris')),
  payloadLog: { sampleRate: 0.5, redact: ['features'] },
});
const score = new Predictor(chain, 'Score', {
  model: Model.fromAsset(fixture('label-to-score')),
  payloadLog: { sampleRate: 0.5 },
});
const joined = {
  requestId: '{% $states.context.Execution.Input.requestId %}',
  traceparent: '{% $states.context.Execution.Input.traceparent %}',
};
const askIris = iris.predictTask(chain, 'AskIris', joined);
const askScore = score.predictTask(chain, 'AskScore', {
  ...joined,
  request: '{% {"inputs": [$states.input.response.outputs[name = "probabilities"]]} %}',
});
// A predictor returns what must not be retried, so a workflow looks at the status before it goes on.
const answered = Choice.jsonata(chain, 'Answered')
  .when(Condition.jsonata('{% $states.input.status = 200 %}'), askScore)
  .otherwise(Fail.jsonata(chain, 'Refused', { error: '{% $states.input.error.code %}' }));
const machine = new StateMachine(chain, 'Machine', {
  stateMachineType: StateMachineType.EXPRESS,
  definitionBody: DefinitionBody.fromChainable(askIris.next(answered)),
});
new CfnOutput(chain, 'MachineArn', { value: machine.stateMachineArn });
new CfnOutput(chain, 'IrisLogs', { value: iris.logGroup.logGroupName });
new CfnOutput(chain, 'ScoreLogs', { value: score.logGroup.logGroupName });

app.synth();
