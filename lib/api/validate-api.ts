import { Token } from 'aws-cdk-lib';
import { API_LIMIT_MS } from '../predictor/composed-predictor';
import { validateAccess } from './access-policy';
import type { IApiHandler } from './api-handler';
import type { InferenceApiOptions, ThrottledResponse } from './inference-api-options';

/** Limits of API Gateway and of the choices, checked where the message can say what to do. */
export function validateApi({ deadline }: IApiHandler, options: InferenceApiOptions, signed: boolean): void {
  const ms = deadline.toMilliseconds();
  if (ms > API_LIMIT_MS) {
    throw new Error(
      `deadline must be at most 29 s behind API Gateway; got ${ms / 1000} s. Work that takes longer is for asynchronous.`,
    );
  }
  const { throttle, inferThrottle, corsOrigin, webAclArn, domain, access, stageName } = options;
  for (const [name, limits] of Object.entries({ throttle, inferThrottle })) {
    for (const [limit, value] of Object.entries(limits ?? {})) {
      if (!Token.isUnresolved(value) && !(value > 0 && Number.isFinite(value))) {
        throw new Error(`${name}.${limit} must be a number greater than 0; got ${value}`);
      }
      if (limit === 'burst' && !Token.isUnresolved(value) && !Number.isInteger(value)) {
        throw new Error(`${name}.burst must be a whole number; got ${value}`);
      }
    }
  }
  if (options.throttledResponse) validateThrottledResponse(options.throttledResponse);
  matches('stageName', stageName, /^\w{1,128}$/, 'letters, digits and "_", at most 128');
  matches('corsOrigin', corsOrigin, /^(\*|https?:\/\/[^\s/'"]+)$/, '"*" or an origin such as https://example.org');
  matches(
    'webAclArn',
    webAclArn,
    /^arn:[^:]+:wafv2:[^:]+:\d{12}:regional\/webacl\/[^/]+\/[^/]+$/,
    'the ARN of a regional web ACL: arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>',
  );
  matches(
    'domain.domainName',
    domain?.domainName,
    /^([a-z0-9-]+\.)+[a-z0-9-]+$/,
    'a lower-case name such as models.example.org',
  );
  matches('domain.basePath', domain?.basePath, /^[\w.~-]+$/, 'one segment of a path, without "/"');
  if (access) validateAccess(access, signed);
  if (domain && access?.vpcEndpoints) {
    throw new Error('domain is for public APIs; with access.vpcEndpoints the API is private. Leave out one of them.');
  }
}

function validateThrottledResponse({ body, retryAfter, status }: ThrottledResponse): void {
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new Error(`throttledResponse.status must be a whole number from 200 to 599; got ${status}`);
  }
  if (body !== undefined && !isConstantJson(body)) {
    throw new Error(
      `throttledResponse.body must be a JSON text without "$", which the gateway would replace; got ${body.slice(0, 60)}`,
    );
  }
  const ms = retryAfter?.toMilliseconds() ?? 1000;
  if (ms < 1000 || ms % 1000) {
    throw new Error(`throttledResponse.retryAfter must be whole seconds, at least one; got ${ms} ms`);
  }
}

function isConstantJson(body: string): boolean {
  try {
    JSON.parse(body);
    return !body.includes('$');
  } catch {
    return false;
  }
}

function matches(name: string, value: string | undefined, pattern: RegExp, allowed: string): void {
  if (value === undefined || Token.isUnresolved(value) || pattern.test(value)) return;
  throw new Error(`${name} must be ${allowed}; got ${JSON.stringify(value)}`);
}
