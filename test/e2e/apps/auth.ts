import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  type ApiKeyOptions,
  Auth,
  InferenceApi,
  type InferenceApiOptions,
  type IPredictor,
  Model,
  Predictor,
  PredictorTransport,
} from '../../../lib';
import { app, model, newStack } from './test-app';

const { ISSUER: issuer = '', AUDIENCE = '' } = process.env;
const jwt = { issuer, audience: [AUDIENCE], cacheTtl: Duration.seconds(0) };

/** One API for each way to authenticate, in front of one predictor. */
class Fronts {
  readonly stack: Stack;
  readonly predictor: Predictor;

  constructor(name: string) {
    this.stack = newStack(name);
    this.predictor = new Predictor(this.stack, 'Iris', { model: Model.fromAsset(model('iris')) });
    this.output('LogGroup', this.predictor.logGroup.logGroupName);
  }

  add(name: string, options: InferenceApiOptions, predictor: IPredictor = this.predictor): InferenceApi {
    const api = new InferenceApi(this.stack, name, { handler: predictor, ...options });
    const stage = api.restApi.deploymentStage.stageName;
    this.output(`${name}Path`, `/restapis/${api.restApi.restApiId}/${stage}/_user_request_`);
    return api;
  }

  output(name: string, value = ''): void {
    new CfnOutput(this.stack, name, { value });
  }
}

const tokens = new Fronts('test-tokens');
const others = new Fronts('test-auth');

others.add('Iam', { auth: Auth.iam() });
// Calls may come from addresses that no test has.
others.add('Elsewhere', { auth: Auth.none(), access: { cidrs: ['203.0.113.0/24'] } });

const closed = tokens.add('Jwt', { auth: Auth.jwt(jwt) });
tokens.output('JwtLogGroup', closed.jwtAuthorizer?.logGroup.logGroupName);
tokens.add('JwtCached', { auth: Auth.jwt({ ...jwt, cacheTtl: Duration.minutes(1) }) });
tokens.add('JwtScoped', { auth: Auth.jwt({ ...jwt, scopes: ['predict'] }) });
tokens.add('JwtSilent', { auth: Auth.jwt({ ...jwt, jwksUri: `${issuer}/silence` }) });
tokens.add('JwtDown', { auth: Auth.jwt({ ...jwt, jwksUri: 'http://localhost:1/keys' }) });

// Answers with what the gateway says of the caller.
const echo = new LambdaFunction(tokens.stack, 'Echo', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline(
    'exports.handler = async ({ requestContext: { authorizer } }) => ({ statusCode: 200, body: JSON.stringify(authorizer) });',
  ),
});
const echoing = Object.create(tokens.predictor, {
  target: { value: { transport: PredictorTransport.LAMBDA, address: echo.functionArn } },
}) as IPredictor;
tokens.add('JwtEcho', { auth: Auth.jwt(jwt) }, echoing);

const pool = new UserPool(others.stack, 'Pool', { selfSignUpEnabled: false });
const client = pool.addClient('Client', { authFlows: { userPassword: true } });
others.output('PoolId', pool.userPoolId);
others.output('ClientId', client.userPoolClientId);
others.add('Cognito', { auth: Auth.cognito(pool) });

const keys: ApiKeyOptions = { callers: ['ada', 'bob'], rate: 1, burst: 3, quotaPerDay: 1_000 };
const byKey = others.add('ApiKey', { auth: Auth.apiKey(keys) });
others.output('UsagePlanId', byKey.usagePlan?.usagePlanId);
const quota = others.add('Quota', { auth: Auth.apiKey({ quotaPerDay: 2 }) });
others.output('QuotaPlanId', quota.usagePlan?.usagePlanId);
const both = others.add('IamAndKey', { auth: Auth.iam().withApiKey() });
others.output('BothPlanId', both.usagePlan?.usagePlanId);

app.synth();
