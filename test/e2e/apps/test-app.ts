import path from 'node:path';
import { App, CfnOutput, CliCredentialsStackSynthesizer, RemovalPolicies, Stack } from 'aws-cdk-lib';
import { LOCAL_ASSETS_BUCKET } from '../../../bin/local/assets';
import type { InferenceApi, Predictor } from '../../../lib';

/** The app of a test: stacks as a consumer would write them. What the emulator needs comes as context. */
export const app = new App();

const repository = process.env.REPOSITORY ?? '.';
export const model = (name: string): string => path.join(repository, 'models', name);
export const fixture = (name: string): string => path.join(repository, 'test/fixtures/models', name);
export const transformIn = (name: string): string => path.join(repository, 'examples/transforms', name);

export function newStack(name: string): Stack {
  const stack = new Stack(app, name, {
    env: { account: '000000000000', region: 'us-east-1' },
    synthesizer: new CliCredentialsStackSynthesizer({ fileAssetsBucketName: LOCAL_ASSETS_BUCKET }),
    analyticsReporting: false,
  });
  RemovalPolicies.of(stack).destroy();
  return stack;
}

/** What a test needs to reach a service and to look behind it. */
export function addOutputs(stack: Stack, { api, predictor }: { api?: InferenceApi; predictor: Predictor }): void {
  const outputs = {
    Function: predictor.function.functionName,
    LogGroup: predictor.logGroup.logGroupName,
    Role: predictor.role.roleName,
    ...(api && { Path: `/restapis/${api.restApi.restApiId}/${api.restApi.deploymentStage.stageName}/_user_request_` }),
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
}
