import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CfnFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ModelManifest } from '../../lambdas/shared/contract';

/** An empty app whose output goes to the test run's temporary folder. */
export function newApp(context: Record<string, unknown> = {}): App {
  return new App({ outdir: mkdtempSync(path.join(os.tmpdir(), 'cdk.out-')), context, analyticsReporting: false });
}

/** An empty stack in an app of its own. */
export function newStack(context: Record<string, unknown> = {}, props: StackProps = {}): Stack {
  return new Stack(newApp(context), 'Test', { env: { account: '111111111111', region: 'eu-west-1' }, ...props });
}

/** A folder with a model of the test fixtures. */
export const fixture = (name: string): string => path.join('test/fixtures/models', name);

/** The folder that synth put beside the code of a function. */
export function modelDirOf(stack: Stack, handler: IFunction): string {
  const id = stack.resolve((handler.node.defaultChild as CfnFunction).logicalId);
  const { S3Key } = Template.fromStack(stack).findResources('AWS::Lambda::Function')[id]?.Properties.Code ?? {};
  return path.join((stack.node.root as App).outdir, `asset.${path.basename(S3Key, '.zip')}`, 'model');
}

/** What synth wrote into it. */
export function manifestOf(stack: Stack, handler: IFunction): ModelManifest {
  return JSON.parse(readFileSync(path.join(modelDirOf(stack, handler), 'manifest.json'), 'utf8'));
}
