import { Duration, Names, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type Grant, type IGrantable, type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Alias, Architecture, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { ENV, MODEL_DIR } from '../../lambdas/shared/contract';
import { acknowledgePredictor } from '../acknowledgements';
import { emulatedPlatform, emulatorEnvironment } from '../emulator-context';
import type { Model } from '../model/model';
import { predictorMetric } from '../observability/predictor-metric';
import { FUNCTION_RUNTIME, OnnxRuntimeLayer } from './onnxruntime-layer';
import { predictCode } from './predict-code';
import { functionTimeout, lambdaPredictTask } from './predict-task';
import { type IPredictor, type PredictorTarget, PredictorTransport, type PredictTaskOptions } from './predictor-ref';
import { addSelfTest } from './self-test';

/** How the function of a predictor runs; every one has a default. */
export interface PredictorOptions {
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
  /**
   * Longest time to an answer, from the arrival of the request. The function's timeout is this, rounded up to whole
   * seconds, plus one. At least 50 ms, at most 14 minutes; behind an API at most 29 s.
   * @default Duration.seconds(10)
   */
  readonly deadline?: Duration;
  /**
   * Memory of the function, 128 MiB to 10,240 MiB. The share of a CPU grows with it: one full vCPU at 1,769 MiB.
   * @default Size.mebibytes(1769)
   */
  readonly memory?: Size;
  /**
   * Size of the function's `/tmp`, 512 MiB to 10,240 MiB. A model loaded from S3 passes through it when it is larger
   * than 8 MiB. What is beyond 512 MiB is billed.
   * @default Size.mebibytes(512)
   */
  readonly ephemeralStorage?: Size;
  /**
   * Processor architecture.
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;
  /**
   * Most requests that run at once, reserved out of the account's concurrency; the next one gets a prompt 503.
   * @default - none: the account's concurrency, with no reservation (a reservation fails in accounts that are new)
   */
  readonly reservedConcurrency?: number;
  /**
   * Environments that are kept initialised, so that no request meets a cold start. Billed all the time.
   * @default - none
   */
  readonly provisionedConcurrency?: number;
  /**
   * With more than `provisionedConcurrency`, the number scales between the two at 70 % utilisation.
   * @default - no scaling
   */
  readonly maxProvisionedConcurrency?: number;
  /**
   * Largest request body; a larger one gets a 413. Lambda takes 6 MB, in which a binary body grows by a third.
   * @default Size.mebibytes(4)
   */
  readonly maxBodySize?: Size;
  /**
   * Key that encrypts the function's environment and its logs. Its policy must let CloudWatch Logs use it.
   * @default - keys owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * Network the function is placed in. A model loaded from S3 needs a route to S3 (gateway endpoint).
   * @default - no VPC
   */
  readonly vpc?: IVpc;
  /**
   * Subnets within the VPC.
   * @default - the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups within the VPC.
   * @default - a new one
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * How long logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

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
    validate(this.deadline, props);

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
    const { code, revision } = predictCode(model, architecture);
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
        ...model.source._environment(),
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
    this.selfTest = addSelfTest(this, this.function, this.alias);
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

function validate(deadline: Duration, props: PredictorOptions): void {
  const ms = deadline.toMilliseconds();
  if (ms < 50 || ms > 14 * 60_000) {
    throw new Error(`deadline must be between 50 ms and 14 minutes; got ${ms} ms. Longer work is for batch.`);
  }
  const mebibytes = props.memory?.toMebibytes();
  if (mebibytes !== undefined && !Token.isUnresolved(mebibytes) && (mebibytes < 128 || mebibytes > 10_240)) {
    throw new Error(`memory must be between 128 MiB and 10,240 MiB; got ${mebibytes} MiB`);
  }
  const storage = props.ephemeralStorage?.toMebibytes();
  if (storage !== undefined && !Token.isUnresolved(storage) && (storage < 512 || storage > 10_240)) {
    throw new Error(`ephemeralStorage must be between 512 MiB and 10,240 MiB; got ${storage} MiB`);
  }
  const body = props.maxBodySize?.toBytes();
  if (body !== undefined && (body < 1024 || body > 6 * 1024 * 1024)) {
    throw new Error(
      `maxBodySize must be between 1 KiB and 6 MiB; got ${body} bytes. Larger inputs are for asynchronous.`,
    );
  }
  const { reservedConcurrency, provisionedConcurrency: least, maxProvisionedConcurrency: most } = props;
  const counts = { reservedConcurrency, provisionedConcurrency: least, maxProvisionedConcurrency: most };
  for (const [name, count] of Object.entries(counts)) {
    // None at all would refuse the self-test of the release too.
    if (count !== undefined && !Token.isUnresolved(count) && !(Number.isInteger(count) && count > 0)) {
      throw new Error(`${name} must be a whole number greater than 0; got ${count}`);
    }
  }
  if (most !== undefined && (least === undefined || most < least)) {
    throw new Error(
      `maxProvisionedConcurrency (${most}) needs a provisionedConcurrency that is not greater; got ${least ?? 'none'}`,
    );
  }
}
