import type { IConstruct } from 'constructs';
import { ENV } from '../lambdas/shared/contract';

/**
 * CDK context with which a stack is deployed to an emulator instead of AWS. The command line sets it; in an app of
 * your own, set it with `cdk deploy -c` or in `cdk.json`. Nothing else in the constructs knows of emulators.
 */
export const EMULATOR_CONTEXT = {
  /**
   * Platform that functions really run on, such as `darwin-arm64`. An emulator that runs them on its host needs the
   * host's native library, whatever architecture the stack declares.
   */
  platform: 'cdk-ml-serving:platform',
  /** Options of every AWS SDK client in the functions, as JSON: `{"forcePathStyle": true}`. */
  clientOptions: 'cdk-ml-serving:clientOptions',
  /** `true` for an emulator that has no layers: functions carry in their own code what is in a layer on AWS. */
  layersInCode: 'cdk-ml-serving:layersInCode',
  /**
   * Most bytes of a request or an answer that the state machine of a graph carries itself, for an emulator that is slow
   * with more; what is larger goes by claim check, as on AWS what its states have no room for.
   */
  inlineBytes: 'cdk-ml-serving:inlineBytes',
} as const;

/** The platform of the emulator's host, if there is one. */
export function emulatedPlatform(scope: IConstruct): string | undefined {
  return scope.node.tryGetContext(EMULATOR_CONTEXT.platform);
}

/** Whether functions carry what is in their layers on AWS. */
export function carriesLayers(scope: IConstruct): boolean {
  return `${scope.node.tryGetContext(EMULATOR_CONTEXT.layersInCode)}` === 'true';
}

/** Most bytes that a state machine carries itself, if the emulator wants fewer than AWS. */
export function emulatedInlineBytes(scope: IConstruct): number | undefined {
  const bytes: unknown = scope.node.tryGetContext(EMULATOR_CONTEXT.inlineBytes);
  if (bytes === undefined) return undefined;
  const number = Number(bytes);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(
    `context ${EMULATOR_CONTEXT.inlineBytes} must be a whole number above 0; got ${JSON.stringify(bytes)}`,
  );
}

/** Environment that functions have on an emulator only. */
export function emulatorEnvironment(scope: IConstruct): Record<string, string> {
  const options: unknown = scope.node.tryGetContext(EMULATOR_CONTEXT.clientOptions);
  if (options === undefined) return {};
  return { [ENV.clientOptions]: typeof options === 'string' ? options : JSON.stringify(options) };
}
