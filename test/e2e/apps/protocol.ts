import { CfnOutput, Duration } from 'aws-cdk-lib';
import { DATATYPES } from '../../../lambdas/shared/contract';
import { Auth, InferenceApi, Model, Predictor } from '../../../lib';
import { app, fixture, newStack } from './test-app';

// For every datatype a model that gives back its input. Two stacks, because one would have more resources than AWS lets it.
for (const [number, datatypes] of [DATATYPES.slice(0, 7), DATATYPES.slice(7)].entries()) {
  const stack = newStack(`test-protocol-${number + 1}`);
  for (const datatype of datatypes) {
    const predictor = new Predictor(stack, datatype, {
      model: Model.fromAsset(fixture(`identity-${datatype.toLowerCase()}`)),
      // These tests are of answers, not of times: many environments start at once on one machine, but no more than it bears.
      deadline: Duration.seconds(29),
      reservedConcurrency: 6,
    });
    const { restApi } = new InferenceApi(stack, `${datatype}Api`, {
      handler: predictor,
      auth: Auth.none(),
      throttle: { rate: 1000, burst: 1000 },
      corsOrigin: 'https://example.org',
    });
    const value = `/restapis/${restApi.restApiId}/${restApi.deploymentStage.stageName}/_user_request_`;
    new CfnOutput(stack, `Path${datatype}`, { value });
  }
}

app.synth();
