import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { emulatedPlatform } from '../emulator-context';

/** Where functions run on a host (an emulator), its architecture; on AWS arm64, which costs a fifth less. */
export function defaultArchitecture(scope: IConstruct): Architecture {
  return emulatedPlatform(scope)?.endsWith('-x64') ? Architecture.X86_64 : Architecture.ARM_64;
}
