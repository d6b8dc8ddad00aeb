import { type Duration, RemovalPolicy, type Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type Architecture, type Code, type ILayerVersion, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV } from '../../lambdas/shared/contract';
import { emulatorEnvironment } from '../emulator-context';
import { FUNCTION_RUNTIME } from '../predictor/onnxruntime-layer';
import { defaultArchitecture } from './default-architecture';
import type { PlacementOptions } from './placement-options';

/** What a function of the package is made of. */
export interface FunctionSpec extends PlacementOptions {
  readonly serviceName: string;
  readonly code: Code;
  /** What it is, for people who look at the function. */
  readonly description: string;
  /** What its role is for. */
  readonly roleDescription: string;
  readonly timeout: Duration;
  readonly memory: Size;
  readonly ephemeralStorage?: Size;
  readonly architecture?: Architecture;
  readonly layers?: ILayerVersion[];
  readonly reservedConcurrency?: number;
  /** How often Lambda tries again what was invoked asynchronously and failed. */
  readonly retryAttempts?: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface FunctionParts {
  readonly logGroup: LogGroup;
  readonly role: Role;
  readonly function: LambdaFunction;
}

/** A function with a log group of its own, and a role that may write to it and nothing else, all directly in `scope`. */
export function addFunction(scope: Construct, spec: FunctionSpec): FunctionParts {
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: spec.logRetention ?? RetentionDays.ONE_MONTH,
    encryptionKey: spec.encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: spec.roleDescription,
  });
  logGroup.grantWrite(role);
  const fn = new LambdaFunction(scope, 'Function', {
    description: spec.description,
    runtime: FUNCTION_RUNTIME,
    architecture: spec.architecture ?? defaultArchitecture(scope),
    code: spec.code,
    handler: 'index.handler',
    layers: spec.layers,
    memorySize: spec.memory.toMebibytes(),
    ephemeralStorageSize: spec.ephemeralStorage,
    timeout: spec.timeout,
    reservedConcurrentExecutions: spec.reservedConcurrency,
    retryAttempts: spec.retryAttempts,
    role,
    logGroup,
    environmentEncryption: spec.encryptionKey,
    vpc: spec.vpc,
    vpcSubnets: spec.vpcSubnets,
    securityGroups: spec.securityGroups,
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    environment: { [ENV.service]: spec.serviceName, ...spec.environment, ...emulatorEnvironment(scope) },
  });
  return { logGroup, role, function: fn };
}
