import { Names } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type CfnMethod,
  type DomainName,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  Method,
  type MethodDeploymentOptions,
  type MethodOptions,
  RestApi,
  type UsagePlan,
} from 'aws-cdk-lib/aws-apigateway';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BINARY_MEDIA_TYPES, HEADERS, JOB_HEADERS, ROUTES } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { accessPolicy } from './access-policy';
import { addDomain, addWebAcl, endpointOf, urlOf } from './api-address';
import type { ApiRoute, IApiHandler } from './api-handler';
import { addUsagePlan } from './api-key-plan';
import { Auth } from './auth';
import { addGatewayErrors } from './gateway-errors';
import type { InferenceApiOptions, Throttle } from './inference-api-options';
import type { JwtAuthorizer } from './jwt-authorizer';
import { validateApi } from './validate-api';

const CORS_HEADERS = [
  'content-type',
  'accept',
  HEADERS.traceparent,
  HEADERS.inferenceHeaderLength,
  HEADERS.cacheControl,
];

const CORS_JOB_HEADERS = [JOB_HEADERS.prefer, JOB_HEADERS.idempotencyKey, JOB_HEADERS.upload, JOB_HEADERS.group];

/** Operations that run the model, or take in what it will run on. */
const INFERENCE: readonly ApiRoute['operation'][] = ['infer', 'predictRows', 'createUpload'];

/** Properties of an `InferenceApi`. */
export interface InferenceApiProps extends InferenceApiOptions {
  /** What answers. */
  readonly handler: IApiHandler;
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
 * The HTTP front of a predictor or of jobs: the Open Inference Protocol as a REST API. The gateway's integration timeout is the
 * handler's deadline, so a caller never waits longer, and every error the gateway makes has the shape of ours.
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
  /** What checks tokens, with `Auth.jwt()`. */
  public readonly jwtAuthorizer?: JwtAuthorizer;
  /** The limits of API keys, where `auth` asks for one. More keys: `usagePlan.addApiKey()`. */
  public readonly usagePlan?: UsagePlan;
  /** The name of your own, with `domain`. */
  public readonly domainName?: DomainName;

  public constructor(scope: Construct, id: string, props: InferenceApiProps) {
    super(scope, id);
    const { handler } = props;
    const routes = handler._routes ?? ROUTES;
    this.auth = props.auth ?? Auth.iam();
    const { _scheme: scheme, _apiKey: apiKey } = this.auth;
    const signed = scheme.kind === 'iam';
    validateApi(handler, props, signed);
    if (props.accessLogs) {
      this.accessLogGroup = new LogGroup(this, 'AccessLogs', {
        retention: props.logRetention ?? RetentionDays.ONE_MONTH,
        encryptionKey: props.encryptionKey,
      });
    }
    this.restApi = new RestApi(this, 'RestApi', {
      // The gateway's metrics are told apart by this name alone.
      restApiName: Names.uniqueResourceName(this, { maxLength: 128 }),
      description: `Open Inference Protocol for ${handler.modelName}`,
      endpointConfiguration: endpointOf(props.access),
      policy: props.access && accessPolicy(this, props.access, signed),
      binaryMediaTypes: [...BINARY_MEDIA_TYPES],
      cloudWatchRole: false,
      deployOptions: {
        stageName: props.stageName ?? 'v1',
        ...throttling(props.throttle ?? { rate: 50, burst: 100 }),
        methodOptions: props.inferThrottle && inferThrottling(routes, props.inferThrottle),
        ...(this.accessLogGroup && {
          accessLogDestination: new LogGroupLogDestination(this.accessLogGroup),
          accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
        }),
      },
      ...(props.corsOrigin && {
        defaultCorsPreflightOptions: {
          allowOrigins: [props.corsOrigin],
          allowMethods: [...new Set(routes.map(({ method }) => method)), 'OPTIONS'],
          allowHeaders: [
            ...CORS_HEADERS,
            ...(handler._routes ? CORS_JOB_HEADERS : []),
            ...scheme.headers,
            ...(apiKey ? ['x-api-key'] : []),
          ],
        },
      }),
    });
    addGatewayErrors(this.restApi, {
      signed,
      bearer: scheme.headers.includes('authorization') && !signed,
      origin: props.corsOrigin,
      throttled: props.throttledResponse,
    });
    if (props.corsOrigin) handler.allowOrigin(props.corsOrigin);
    acknowledge(this.restApi, 'front');
    const { method, jwtAuthorizer } = scheme.bind(this, { ...props, serviceName: handler.serviceName });
    this.jwtAuthorizer = jwtAuthorizer;
    if (apiKey) this.usagePlan = addUsagePlan(this, this.restApi, apiKey);
    this.addRoutes(handler, routes, { ...method, apiKeyRequired: apiKey ? true : undefined });
    readPreflightsAsText(this.restApi);
    if (props.domain) this.domainName = addDomain(this, this.restApi, props.domain);
    if (props.webAclArn) addWebAcl(this, this.restApi, props.webAclArn);
    this.url = urlOf(this.restApi, props.domain);
  }

  /** Allow `grantee` to call every route, where `auth` is IAM. */
  public grantCall(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: [this.restApi.arnForExecuteApi('*', '/*', this.restApi.deploymentStage.stageName)],
    });
  }

  private addRoutes(handler: IApiHandler, routes: readonly ApiRoute[], options: MethodOptions): void {
    const fn = LambdaFunction.fromFunctionAttributes(this, 'Handler', {
      functionArn: handler.target.address,
      sameEnvironment: true,
    });
    // One permission for the whole API; the gateway's own timeout is what ends the wait.
    const integration = new LambdaIntegration(fn, {
      timeout: handler.deadline,
      scopePermissionToMethod: false,
    });
    for (const { method, path } of routes) {
      const resource = path
        .slice(1)
        .split('/')
        .reduce<IResource>((parent, part) => parent.getResource(part) ?? parent.addResource(part), this.restApi.root);
      resource.addMethod(method, integration, options);
    }
  }
}

function throttling({ rate, burst }: Throttle): MethodDeploymentOptions {
  return { throttlingRateLimit: rate, throttlingBurstLimit: burst };
}

function inferThrottling(routes: readonly ApiRoute[], throttle: Throttle): Record<string, MethodDeploymentOptions> {
  const inference = routes.filter(({ operation }) => INFERENCE.includes(operation));
  return Object.fromEntries(inference.map(({ path, method }) => [`${path}/${method}`, throttling(throttle)]));
}

/**
 * Preflight requests are answered by the gateway itself, from a template, which reads text. Where all media types are
 * binary it would be handed bytes and answer 500.
 */
function readPreflightsAsText(api: RestApi): void {
  for (const method of api.node.findAll()) {
    if (method instanceof Method && method.httpMethod === 'OPTIONS') {
      (method.node.defaultChild as CfnMethod).addPropertyOverride('Integration.ContentHandling', 'CONVERT_TO_TEXT');
    }
  }
}
