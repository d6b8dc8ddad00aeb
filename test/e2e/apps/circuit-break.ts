import { CfnOutput, Duration, Size, type Stack } from 'aws-cdk-lib';
import { Auth, type CircuitBreak, Fallback, Model, PredictionCircuitBreak, Predictor } from '../../../lib';
import { app, fixture, model, newStack } from './test-app';

const auth = Auth.none();
const throttle = { rate: 2000, burst: 2000 };
/** Many environments that start at once take their time on a small machine. */
const CALM = Duration.seconds(12);
const constant = Fallback.constant([
  { output: 'y', numbers: [0, 0, 0, 0] },
  { output: 'ran', numbers: [-1] },
]);

/** What a test needs to reach a service and to look behind it. */
function addOutputs(stack: Stack, service: PredictionCircuitBreak, prefix = ''): void {
  const { api, guarded, predictor: breaker } = service;
  const { restApi } = api;
  const { function: fn, logGroup } = guarded as Predictor | CircuitBreak;
  const outputs = {
    Path: `/restapis/${restApi.restApiId}/${restApi.deploymentStage.stageName}/_user_request_`,
    Table: breaker.breakerTable.tableName,
    BreakerRole: breaker.role.roleName,
    BreakerFunction: breaker.function.functionName,
    BreakerLogGroup: breaker.logGroup.logGroupName,
    Predictor: fn.functionName,
    PredictorLogGroup: logGroup.logGroupName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${prefix}${name}`, { value });
}

const slow = (stack: Stack, options: { reservedConcurrency?: number } = {}) =>
  new Predictor(stack, 'Slow', {
    model: Model.fromAsset(fixture('slow')),
    deadline: CALM,
    memory: Size.mebibytes(1024),
    ...options,
  });

// More requests come than the gateway lets through.
const throttled = newStack('BreakThrottle');
addOutputs(
  throttled,
  new PredictionCircuitBreak(throttled, 'Service', {
    predictor: slow(throttled),
    auth,
    throttle: { rate: 1000, burst: 1000 },
    inferThrottle: { rate: 10, burst: 5 },
    throttledResponse: { body: '{"outputs":null}', status: 503, retryAfter: Duration.seconds(2) },
    fallback: constant,
  }),
);

// The predictor fails, and recovers.
const failing = newStack('BreakFailing');
addOutputs(
  failing,
  new PredictionCircuitBreak(failing, 'Service', {
    predictor: slow(failing),
    auth,
    throttle,
    fallback: constant,
    minimumCalls: 6,
    failureWindow: Duration.seconds(20),
    openDuration: Duration.seconds(3),
    slowCallDuration: Duration.millis(1500),
    probes: 2,
  }),
);

// As many at once as the table counts.
const counted = newStack('BreakCounted');
addOutputs(
  counted,
  new PredictionCircuitBreak(counted, 'Service', { predictor: slow(counted), auth, throttle, maxConcurrency: 2 }),
);

// As many at once as Lambda has reserved.
const reserved = newStack('BreakReserved');
addOutputs(
  reserved,
  new PredictionCircuitBreak(reserved, 'Service', {
    predictor: slow(reserved, { reservedConcurrency: 1 }),
    auth,
    throttle,
    fallback: constant,
  }),
);

// A cheaper model stands in for the better one.
const cheaper = newStack('BreakCheaper');
const fast = new Predictor(cheaper, 'Fast', {
  model: Model.fromAsset(model('digits-fast')),
  deadline: CALM,
});
addOutputs(
  cheaper,
  new PredictionCircuitBreak(cheaper, 'Service', {
    predictor: new Predictor(cheaper, 'Better', {
      model: Model.fromAsset(model('digits')),
      deadline: CALM,
    }),
    auth,
    throttle,
    fallback: Fallback.predictor(fast),
  }),
);

// What was said last to the same question.
const last = newStack('BreakLast');
addOutputs(
  last,
  new PredictionCircuitBreak(last, 'Service', {
    model: Model.fromAsset(model('iris')),
    deadline: Duration.seconds(20),
    auth,
    throttle,
    fallback: Fallback.lastResult(Duration.minutes(10)),
  }),
);

// A client has a limit of its own, and gets a constant beyond it.
const planned = newStack('BreakPlan');
const byKey = new PredictionCircuitBreak(planned, 'Service', {
  predictor: new Predictor(planned, 'Iris', { model: Model.fromAsset(model('iris')), deadline: CALM }),
  auth: Auth.apiKey({ callers: ['ada', 'bob'], rate: 1, burst: 3 }),
  throttle,
  throttledResponse: { body: '{"outputs":null}', status: 200 },
});
addOutputs(planned, byKey);
new CfnOutput(planned, 'UsagePlan', { value: byKey.api.usagePlan?.usagePlanId ?? '' });

app.synth();
