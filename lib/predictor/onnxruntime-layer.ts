import * as fs from 'node:fs';
import * as path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { emulatedPlatform } from '../emulator-context';
import { shipped } from '../package-files';

/** The runtime that every function of this package declares. */
export const FUNCTION_RUNTIME = Runtime.NODEJS_24_X;

/**
 * ONNX Runtime for Node as a Lambda layer, pruned to one platform: 10.5 MB zipped for arm64, 18 MB for x86_64.
 * One per stack and architecture.
 */
export class OnnxRuntimeLayer extends LayerVersion {
  /** The stack's layer for an architecture; created when first asked for. */
  public static forArchitecture(scope: Construct, architecture: Architecture): OnnxRuntimeLayer {
    const stack = Stack.of(scope);
    const id = `OnnxRuntime-${architecture.name}`;
    return (stack.node.tryFindChild(id) as OnnxRuntimeLayer) ?? new OnnxRuntimeLayer(stack, id, architecture);
  }

  private constructor(scope: Construct, id: string, architecture: Architecture) {
    super(scope, id, {
      code: Code.fromAsset(deployedLayerFolder(scope, architecture)),
      compatibleArchitectures: [architecture],
      compatibleRuntimes: [FUNCTION_RUNTIME, Runtime.NODEJS_22_X],
      description: `ONNX Runtime for Node, ${platformOf(architecture)}`,
    });
  }
}

/** The folder with what the layer holds on AWS. */
export function layerFolder(architecture: Architecture): string {
  return shipped('build', 'layers', platformOf(architecture));
}

/** The folder with what the layer holds where it is deployed to, which may be an emulator. */
export function deployedLayerFolder(scope: Construct, architecture: Architecture): string {
  return shipped('build', 'layers', emulatedPlatform(scope) ?? platformOf(architecture));
}

/** Version of what it holds. */
export function onnxRuntimeVersion(architecture: Architecture): string {
  const file = path.join(layerFolder(architecture), 'nodejs', 'node_modules', 'onnxruntime-node', 'package.json');
  return JSON.parse(fs.readFileSync(file, 'utf8')).version;
}

function platformOf(architecture: Architecture): string {
  return architecture === Architecture.X86_64 ? 'linux-x64' : 'linux-arm64';
}
