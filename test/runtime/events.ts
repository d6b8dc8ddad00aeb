import { CONTRACT_VERSION, type InferRequest, type PredictorRequest } from '../../lambdas/shared/contract';

/** What a test or a benchmark says of a gateway event; the rest is as AWS fills it in. */
export interface GatewayRequest {
  readonly method: 'GET' | 'POST';
  readonly resource: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** A Buffer is a body the gateway takes as binary and hands over as base64. */
  readonly body?: string | Buffer;
  readonly contentType?: string;
}

/** An event of API Gateway's REST proxy integration, with everything a signed call through an alias brings along. */
export function gatewayEvent({ method, resource, parameters, body, contentType }: GatewayRequest): object {
  const path = resource.replace(/\{(\w+)\}/g, (_, name) => parameters?.[name] ?? name);
  const headers = {
    Accept: '*/*',
    'Content-Type': contentType ?? 'application/json',
    Host: 'abcdefghij.execute-api.eu-west-1.amazonaws.com',
    'User-Agent': 'python-requests/2.32.3',
    'X-Amzn-Trace-Id': 'Root=1-6741c1a0-0123456789abcdef01234567',
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
  };
  const binary = Buffer.isBuffer(body);
  return {
    resource,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: parameters ?? null,
    stageVariables: null,
    requestContext: {
      resourceId: 'a1b2c3',
      resourcePath: resource,
      httpMethod: method,
      extendedRequestId: 'BqOYEHxZjoEFnZA=',
      requestTime: '22/Nov/2026:12:00:00 +0000',
      path: `/v1${path}`,
      accountId: '111111111111',
      protocol: 'HTTP/1.1',
      stage: 'v1',
      domainPrefix: 'abcdefghij',
      requestTimeEpoch: Date.now(),
      requestId: '6c1f0f5e-0a5b-4c0e-9a55-0d3f2f2c9a11',
      identity: { sourceIp: '203.0.113.7', userAgent: 'python-requests/2.32.3' },
      domainName: 'abcdefghij.execute-api.eu-west-1.amazonaws.com',
      apiId: 'abcdefghij',
    },
    body: binary ? body.toString('base64') : (body ?? null),
    isBase64Encoded: binary,
  };
}

export function inferEvent(model: string, request: InferRequest): object {
  const body = JSON.stringify(request);
  return gatewayEvent({ method: 'POST', resource: '/v2/models/{model}/infer', parameters: { model }, body });
}

export function predictorRequest(request: InferRequest): PredictorRequest {
  return { v: CONTRACT_VERSION, requestId: 'request-1', deadlineMs: Date.now() + 10_000, request };
}
