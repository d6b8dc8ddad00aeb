import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { JOB_ENV } from '../../lambdas/shared/contract';
import { Asynchronous, EMULATOR_CONTEXT, Model, Predictor, type PredictorOptions } from '../../lib';
import type { FunctionSettings } from './lambda-function';

const HOST = `${process.platform}-${process.arch}`;

interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly Handler?: string;
    readonly MemorySize?: number;
    readonly Environment?: { readonly Variables: Record<string, unknown> };
  };
  readonly Metadata?: { readonly 'aws:asset:path'?: string };
}

/** The predict function of a model as a deployment would have it, from the synthesized stack. */
export function predictFunction(modelFolder: string, options: PredictorOptions = {}): FunctionSettings {
  const model = Model.fromAsset(modelFolder);
  return functionOf(
    (stack) => new Predictor(stack, 'Predictor', { model, serviceName: 'runtime-test', ...options }),
    ({ SERVING_SERVICE }) => SERVING_SERVICE === 'runtime-test',
  );
}

/** The same for the worker of a service with jobs. Table, queues and bucket have no names before they are deployed. */
export function workerFunction(modelFolder: string): FunctionSettings {
  const model = Model.fromAsset(modelFolder);
  return functionOf(
    (stack) => new Asynchronous(stack, 'Asynchronous', { model, serviceName: 'runtime-test' }),
    (variables) => JOB_ENV.maxStackedRows in variables,
  );
}

function functionOf(
  add: (stack: Stack) => unknown,
  isWanted: (variables: Record<string, unknown>) => boolean,
): FunctionSettings {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'cdk.out-'));
  const context = {
    [EMULATOR_CONTEXT.platform]: HOST,
    'aws:cdk:enable-asset-metadata': true,
    // The layer is used where it lies instead of being copied.
    'aws:cdk:disable-asset-staging': true,
  };
  const stack = new Stack(new App({ outdir, context, analyticsReporting: false }), 'Runtime');
  add(stack);
  const assembly = (stack.node.root as App).synth();
  const { Resources } = assembly.getStackByName(stack.stackName).template as { Resources: Record<string, Resource> };
  const resources = Object.values(Resources);
  const fn = resources.find(({ Properties }) => isWanted(Properties?.Environment?.Variables ?? {}));
  const layer = resources.find(({ Type }) => Type === 'AWS::Lambda::LayerVersion');
  if (!fn || !layer) throw new Error('the stack has no such function with a layer');
  const variables = Object.entries(fn.Properties.Environment?.Variables ?? {});
  return {
    folder: assetOf(fn, outdir),
    layerModules: path.join(assetOf(layer, outdir), 'nodejs/node_modules'),
    environment: Object.fromEntries(
      variables.map(([name, value]) => [name, typeof value === 'string' ? value : 'not-deployed']),
    ),
    memoryMb: fn.Properties.MemorySize,
    handler: fn.Properties.Handler,
  };
}

function assetOf({ Metadata }: Resource, outdir: string): string {
  const asset = Metadata?.['aws:asset:path'];
  if (!asset) throw new Error('the template does not say where an asset is');
  return path.resolve(outdir, asset);
}
