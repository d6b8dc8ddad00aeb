import { Stack, Token } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BINARY_MEDIA_TYPES, ENV, HEADERS, ROUTES } from '../../lambdas/shared/contract';
import { acknowledgeFront } from '../acknowledgements';
import { Predictor } from '../predictor/predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import { Auth } from './auth';
import { addGatewayErrors } from './gateway-errors';

/** How many requests an API lets through. The brake on cost and on a spike. */
export interface Throttle {
  /** Requests per second in the long run, for each route. */
  readonly rate: number;
  /** Requests at once above the rate. */
  readonly burst: number;
}

/** How the HTTP front of a service behaves; every option has a default. */
export interface InferenceApiOptions {
  /**
   * Who may call.
   * @default Auth.iam()
   */
  readonly auth?: Auth;
  /**
   * What is let through; the rest gets a 429 and reaches no function. On AWS best effort, not exact.
   * @default - rate 50, burst 100
   */
  readonly throttle?: Throttle;
  /**
   * Origin that browsers may call from, such as `https://example.org`, or `*`.
   * @default - none: no CORS
   */
  readonly corsOrigin?: string;
  /**
   * Whether the gateway logs every request, refused ones too. The account needs a role for it: `ServingAccount`.
   * @default false
   */
  readonly accessLogs?: boolean;
  /**
   * Name of the stage, the first segment of the URL's path.
   * @default 'v1'
   */
  readonly stageName?: string;
}

/** Properties of an `InferenceApi`. */
export interface InferenceApiProps extends InferenceApiOptions {
  /** What answers. */
  readonly predictor: IPredictor;
  /**
   * Key that encrypts the access logs.
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * How long access logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/**
 * The HTTP front of a predictor: the Open Inference Protocol as a REST API. The gateway's integration timeout is the
 * predictor's deadline, so a caller never waits longer, and every error the gateway makes has the shape of ours.
 *
 * Source: Open Inference Protocol (KServe V2), https://github.com/kserve/open-inference-protocol
 */
export class InferenceApi extends Construct {
  /** The REST API. */
  public readonly restApi: RestApi;
  /** Base that `/v2/...` is appended to. */
  public readonly url: string;
  /** Who may call. */
  public readonly auth: Auth;
  /** Log group of the access logs, where they are on. */
  public readonly accessLogGroup?: LogGroup;

  public constructor(scope: Construct, id: string, props: InferenceApiProps) {
    super(scope, id);
    const { predictor } = props;
    validate(props);
    this.auth = props.auth ?? Auth.iam();
    if (props.accessLogs) {
      this.accessLogGroup = new LogGroup(this, 'AccessLogs', {
        retention: props.logRetention ?? RetentionDays.ONE_MONTH,
        encryptionKey: props.encryptionKey,
      });
    }
    const { rate, burst } = props.throttle ?? { rate: 50, burst: 100 };
    this.restApi = new RestApi(this, 'RestApi', {
      description: `Open Inference Protocol for ${predictor.modelName}`,
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes: [...BINARY_MEDIA_TYPES],
      cloudWatchRole: false,
      deployOptions: {
        stageName: props.stageName ?? 'v1',
        throttlingRateLimit: rate,
        throttlingBurstLimit: burst,
        ...(this.accessLogGroup && {
          accessLogDestination: new LogGroupLogDestination(this.accessLogGroup),
          accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
        }),
      },
      ...(props.corsOrigin && {
        defaultCorsPreflightOptions: {
          allowOrigins: [props.corsOrigin],
          allowMethods: ['GET', 'POST', 'OPTIONS'],
          allowHeaders: ['content-type', 'accept', 'authorization', HEADERS.traceparent, HEADERS.inferenceHeaderLength],
        },
      }),
    });
    this.url = `https://${this.restApi.restApiId}.execute-api.${Stack.of(this).region}.${Stack.of(this).urlSuffix}/${this.restApi.deploymentStage.stageName}`;
    addGatewayErrors(this.restApi, { open: this.auth._kind === 'none', origin: props.corsOrigin });
    if (props.corsOrigin && predictor instanceof Predictor) {
      predictor.function.addEnvironment(ENV.corsOrigin, props.corsOrigin);
    }
    acknowledgeFront(this.restApi);
    this.addRoutes(predictor, this.auth._methodOptions());
  }

  /** Allow `grantee` to call every route, where `auth` is IAM. */
  public grantCall(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: [this.restApi.arnForExecuteApi('*', '/*', this.restApi.deploymentStage.stageName)],
    });
  }

  private addRoutes(predictor: IPredictor, options: MethodOptions): void {
    const handler = LambdaFunction.fromFunctionAttributes(this, 'Handler', {
      functionArn: predictor.target.address,
      sameEnvironment: true,
    });
    // One permission for the whole API; the gateway's own timeout is what ends the wait.
    const integration = new LambdaIntegration(handler, {
      timeout: predictor.deadline,
      scopePermissionToMethod: false,
    });
    for (const { method, path } of ROUTES) {
      const resource = path
        .slice(1)
        .split('/')
        .reduce<IResource>((parent, part) => parent.getResource(part) ?? parent.addResource(part), this.restApi.root);
      resource.addMethod(method, integration, options);
    }
  }
}

/** API Gateway's own limits, checked where the message can say what to do. */
function validate(props: InferenceApiProps): void {
  const ms = props.predictor.deadline.toMilliseconds();
  if (ms > 29_000) {
    throw new Error(
      `deadline must be at most 29 s behind API Gateway; got ${ms / 1000} s. Work that takes longer is for asynchronous.`,
    );
  }
  const { rate, burst } = props.throttle ?? {};
  for (const [name, value] of Object.entries({ rate, burst })) {
    if (value !== undefined && !Token.isUnresolved(value) && !(value > 0)) {
      throw new Error(`throttle.${name} must be greater than 0; got ${value}`);
    }
  }
  const { corsOrigin } = props;
  if (corsOrigin !== undefined && corsOrigin !== '*' && !/^https?:\/\/[^\s/'"]+$/.test(corsOrigin)) {
    throw new Error(
      `corsOrigin must be "*" or an origin such as https://example.org; got ${JSON.stringify(corsOrigin)}`,
    );
  }
}
