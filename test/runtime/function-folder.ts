import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { EMULATOR_CONTEXT, Model, Predictor, type PredictorOptions } from '../../lib';
import type { FunctionSettings } from './lambda-function';

const HOST = `${process.platform}-${process.arch}`;

interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly Handler?: string;
    readonly MemorySize?: number;
    readonly Environment?: { readonly Variables: Record<string, string> };
  };
  readonly Metadata?: { readonly 'aws:asset:path'?: string };
}

/** The predict function of a model as a deployment would have it, from the synthesized stack. */
export function predictFunction(modelFolder: string, options: PredictorOptions = {}): FunctionSettings {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'cdk.out-'));
  const context = {
    [EMULATOR_CONTEXT.platform]: HOST,
    'aws:cdk:enable-asset-metadata': true,
    // The layer is used where it lies instead of being copied.
    'aws:cdk:disable-asset-staging': true,
  };
  const stack = new Stack(new App({ outdir, context, analyticsReporting: false }), 'Runtime');
  new Predictor(stack, 'Predictor', {
    model: Model.fromAsset(modelFolder),
    serviceName: 'runtime-test',
    ...options,
  });
  const assembly = (stack.node.root as App).synth();
  const { Resources } = assembly.getStackByName(stack.stackName).template as { Resources: Record<string, Resource> };
  const resources = Object.values(Resources);
  const fn = resources.find(({ Properties }) => Properties.Environment?.Variables.SERVING_SERVICE === 'runtime-test');
  const layer = resources.find(({ Type }) => Type === 'AWS::Lambda::LayerVersion');
  if (!fn || !layer) throw new Error('the stack has no predict function with a layer');
  return {
    folder: assetOf(fn, outdir),
    layerModules: path.join(assetOf(layer, outdir), 'nodejs/node_modules'),
    environment: fn.Properties.Environment?.Variables,
    memoryMb: fn.Properties.MemorySize,
    handler: fn.Properties.Handler,
  };
}

function assetOf({ Metadata }: Resource, outdir: string): string {
  const asset = Metadata?.['aws:asset:path'];
  if (!asset) throw new Error('the template does not say where an asset is');
  return path.resolve(outdir, asset);
}
