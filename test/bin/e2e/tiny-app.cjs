/** A CDK app with nothing of ours in it but the contract with the local run: one function behind a REST API per service. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { App, CfnOutput, CliCredentialsStackSynthesizer, Duration, Stack } = require('aws-cdk-lib');
const { AuthorizationType, LambdaIntegration, ResponseType, RestApi } = require('aws-cdk-lib/aws-apigateway');
const { Alias, Code, Function: LambdaFunction, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Trigger } = require('aws-cdk-lib/triggers');
const { parse } = require('yaml');

const app = new App();
const { services } = parse(readFileSync(app.node.tryGetContext('config'), 'utf8'));
for (const [name, settings] of Object.entries(services)) {
  const synthesizer = new CliCredentialsStackSynthesizer({ fileAssetsBucketName: 'cdk-ml-serving-assets-local' });
  const stack = new Stack(app, name, { synthesizer });
  const predictor = new LambdaFunction(stack, 'Predictor', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(join(__dirname, 'tiny-function')),
    timeout: Duration.seconds(12),
    reservedConcurrentExecutions: settings.reserved,
    environment: { GREETING: settings.greeting ?? '', FAIL_SELF_TEST: settings.broken ? 'golden input differs' : '' },
  });
  const version = predictor.currentVersion;
  const alias = new Alias(stack, 'Live', { aliasName: 'live', version });
  new Trigger(stack, 'SelfTest', { handler: predictor, executeBefore: [alias] });

  const api = new RestApi(stack, 'Api', {
    cloudWatchRole: false,
    deployOptions: { stageName: 'v1' },
    defaultIntegration: new LambdaIntegration(alias, { timeout: Duration.seconds(settings.timeout ?? 10) }),
    defaultMethodOptions: {
      authorizationType: settings.auth === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE,
    },
  });
  api.root.addResource('v2').addProxy({ anyMethod: true });
  for (const [id, type, statusCode] of [
    ['Timeout', ResponseType.INTEGRATION_TIMEOUT, '504'],
    ['Failure', ResponseType.DEFAULT_5XX, settings.status5xx],
    ['Denied', ResponseType.ACCESS_DENIED, '403'],
  ]) {
    api.addGatewayResponse(id, {
      type,
      statusCode,
      responseHeaders: { 'Retry-After': "'1'" },
      templates: { 'application/json': `{"error":$context.error.messageString,"from":"${id}"}` },
    });
  }
  new CfnOutput(stack, 'Serving', {
    value: stack.toJsonString({
      service: name,
      pattern: 'web-single',
      model: 'iris',
      auth: settings.auth ?? 'none',
      apiId: api.restApiId,
      stage: api.deploymentStage.stageName,
      resources: { predictor: predictor.functionName },
    }),
  });
}
app.synth();
