import { Duration, Names, RemovalPolicy, Size } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type Grant, type IGrantable, type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Architecture, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { ENV, MODEL_DIR, NO_TELEMETRY } from '../../lambdas/shared/contract';
import { acknowledgePredictor } from '../acknowledgements';
import { emulatedPlatform, emulatorEnvironment } from '../emulator-context';
import type { Model } from '../model/model';
import { predictorMetric } from '../observability/predictor-metric';
import { FUNCTION_RUNTIME, OnnxRuntimeLayer } from './onnxruntime-layer';
import { payloadLogEnvironment } from './payload-log';
import { predictCode } from './predict-code';
import { functionTimeout, lambdaPredictTask } from './predict-task';
import { type PredictorOptions, validatePredictorOptions } from './predictor-options';
import { type IPredictor, type PredictorTarget, PredictorTransport, type PredictTaskOptions } from './predictor-ref';
import { addSelfTest } from './self-test';
import { warnIfUnmeasured } from './unmeasured';

/** Properties of a `Predictor`. */
export interface PredictorProps extends PredictorOptions {
  /** The model. */
  readonly model: Model;
}

/**
 * One model in one Lambda function, behind an alias.
 *
 * A new version is invoked with a self-test (hash, load, golden inputs) before the alias moves to it; when the test
 * fails, the deployment fails and rolls back, and the old version goes on answering.
 */
export class Predictor extends Construct implements IPredictor {
  /** Name of the model. */
  public readonly modelName: string;
  /** Version of the model. */
  public readonly modelVersion: string;
  /** Changes whenever any answer could. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Where it is reached. */
  public readonly target: PredictorTarget;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** The model. */
  public readonly model: Model;
  /** The function. */
  public readonly function: LambdaFunction;
  /** The alias `live`: the released version. */
  public readonly alias: Alias;
  /** The function's role: it may write its own logs, and read its model where that lies in S3. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** The invocation that a new version must survive before the alias moves. */
  public readonly selfTest: Trigger;

  public constructor(scope: Construct, id: string, props: PredictorProps) {
    super(scope, id);
    const { model } = props;
    this.model = model;
    this.modelName = model.card.modelName;
    this.modelVersion = model.card.modelVersion;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.deadline = props.deadline ?? Duration.seconds(10);
    validatePredictorOptions(this.deadline, props);
    warnIfUnmeasured(this, model);

    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Runs the model ${this.modelName}`,
    });
    this.logGroup.grantWrite(this.role);
    model.source._grantRead(this.role);

    const architecture = props.architecture ?? defaultArchitecture(this);
    const { code, revision } = predictCode(this, model, architecture, props);
    this.revision = revision;
    const memory = props.memory ?? Size.mebibytes(1769);
    const ephemeralStorage = props.ephemeralStorage ?? Size.mebibytes(512);
    model._requireRoom({ memory, ephemeralStorage });
    this.function = new LambdaFunction(this, 'Function', {
      description: `${this.modelName} ${this.modelVersion} (${revision})`,
      runtime: FUNCTION_RUNTIME,
      architecture,
      code,
      handler: 'index.handler',
      layers: [OnnxRuntimeLayer.forArchitecture(this, architecture)],
      memorySize: memory.toMebibytes(),
      ephemeralStorageSize: props.ephemeralStorage,
      timeout: functionTimeout(this.deadline),
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      logGroup: this.logGroup,
      environmentEncryption: props.encryptionKey,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: {
        [ENV.service]: this.serviceName,
        [ENV.modelDir]: MODEL_DIR,
        [ENV.deadlineMs]: `${this.deadline.toMilliseconds()}`,
        [ENV.maxBodyBytes]: `${(props.maxBodySize ?? Size.mebibytes(4)).toBytes()}`,
        ...NO_TELEMETRY,
        ...model.source._environment(),
        ...payloadLogEnvironment(model.card, props.payloadLog),
        ...emulatorEnvironment(this),
      },
    });
    this.alias = new Alias(this, 'Alias', {
      aliasName: 'live',
      version: this.function.currentVersion,
      provisionedConcurrentExecutions: props.provisionedConcurrency,
    });
    if (props.provisionedConcurrency !== undefined && props.maxProvisionedConcurrency !== undefined) {
      this.alias
        .addAutoScaling({ minCapacity: props.provisionedConcurrency, maxCapacity: props.maxProvisionedConcurrency })
        .scaleOnUtilization({ utilizationTarget: 0.7 });
    }
    this.selfTest = addSelfTest(this, this.function, this.alias, props.encryptionKey);
    acknowledgePredictor(this.function);
    this.target = { transport: PredictorTransport.LAMBDA, address: this.alias.functionArn };
  }

  /** Allow `grantee` to ask this predictor. */
  public grantPredict(grantee: IGrantable): Grant {
    return this.alias.grantInvoke(grantee);
  }

  /** A Step Functions task (JSONata) that asks this predictor. */
  public predictTask(scope: Construct, id: string, options?: PredictTaskOptions): TaskStateBase {
    return lambdaPredictTask(scope, id, this, options);
  }

  /** One of the predictor's metrics; the average over five minutes unless the options say otherwise. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return predictorMetric(this, metricName, options);
  }
}

/** Where functions run on a host (an emulator), its architecture; on AWS arm64, which costs a fifth less. */
function defaultArchitecture(scope: Construct): Architecture {
  return emulatedPlatform(scope)?.endsWith('-x64') ? Architecture.X86_64 : Architecture.ARM_64;
}
