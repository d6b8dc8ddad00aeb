import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rules of cdk-nag that a front breaks on purpose, and why. */
const FRONT: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-APIG1':
    'The handler logs every request; gateway access logs need a role per account and are an option (accessLogs)',
  'AwsSolutions::AwsSolutions-APIG2':
    'The handler validates requests against the signature of the model, which a gateway model cannot express',
  'AwsSolutions::AwsSolutions-APIG3': 'A web ACL costs money every month and is the choice of the account',
  'AwsSolutions::AwsSolutions-APIG6':
    'Execution logs of the gateway hold payloads; the handler logs one line for each request without them',
  'AwsSolutions::AwsSolutions-COG4': 'Callers authenticate by the chosen auth, AWS IAM by default',
  'Serverless::Serverless-APIGWAccessLogging':
    'The handler logs every request; gateway access logs need a role per account and are an option (accessLogs)',
  'Serverless::Serverless-APIGWXrayEnabled': 'Requests are joined by request id and W3C trace context in the log lines',
};

/** Rules of cdk-nag that the function of a predictor breaks on purpose, and why. */
const PREDICTOR: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaDLQ': 'The function is only invoked synchronously; a failure reaches the caller',
  'Serverless::Serverless-LambdaTracing': 'Requests are joined by request id and W3C trace context in the log lines',
};

/** Rules of cdk-nag that the function of an authorizer breaks on purpose, and why. */
const AUTHORIZER: Readonly<Record<string, string>> = {
  'Serverless::Serverless-LambdaDLQ': 'The gateway invokes it synchronously; a failure refuses the call',
  'Serverless::Serverless-LambdaTracing': 'Requests are joined by request id in the log lines',
};

export function acknowledgeAuthorizer(scope: IConstruct): void {
  acknowledge(scope, AUTHORIZER);
}

export function acknowledgeFront(scope: IConstruct): void {
  acknowledge(scope, FRONT);
}

export function acknowledgePredictor(scope: IConstruct): void {
  acknowledge(scope, PREDICTOR);
}

function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(scope).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
