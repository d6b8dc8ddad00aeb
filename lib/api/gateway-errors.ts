import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ERROR_STATUS, type ErrorCode, type FallbackReason, HEADERS } from '../../lambdas/shared/contract';
import type { ThrottledResponse } from './inference-api-options';

const THROTTLED: FallbackReason = 'throttled';

interface GatewayError {
  readonly type: ResponseType;
  readonly code: ErrorCode;
  readonly message: string;
  /** Seconds after which a try again makes sense. */
  readonly retryAfter?: number;
}

/** What API Gateway answers by itself, in the shape of every other error. Bodies are constants: it has no VTL here. */
const GATEWAY_ERRORS: readonly GatewayError[] = [
  { type: ResponseType.BAD_REQUEST_BODY, code: 'INVALID_REQUEST', message: 'The body is not what the API takes' },
  { type: ResponseType.BAD_REQUEST_PARAMETERS, code: 'INVALID_REQUEST', message: 'A parameter is missing or wrong' },
  { type: ResponseType.UNAUTHORIZED, code: 'UNAUTHENTICATED', message: 'The credentials are missing or not valid' },
  { type: ResponseType.RESOURCE_NOT_FOUND, code: 'NOT_FOUND', message: 'No such route' },
  { type: ResponseType.WAF_FILTERED, code: 'FORBIDDEN', message: 'The web ACL refuses the request' },
  { type: ResponseType.ACCESS_DENIED, code: 'FORBIDDEN', message: 'The caller may not do this' },
  { type: ResponseType.INVALID_SIGNATURE, code: 'FORBIDDEN', message: 'The signature is not valid' },
  { type: ResponseType.EXPIRED_TOKEN, code: 'FORBIDDEN', message: 'The token has expired' },
  { type: ResponseType.INVALID_API_KEY, code: 'FORBIDDEN', message: 'The API key is missing or not valid' },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The body is larger than the gateway takes (10 MB)',
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'The media type is not supported',
  },
  { type: ResponseType.THROTTLED, code: 'THROTTLED', message: 'More requests than this API allows', retryAfter: 1 },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    code: 'QUOTA_EXCEEDED',
    message: 'The quota of this API key is used up',
    retryAfter: 3600,
  },
  {
    type: ResponseType.DEFAULT_5XX,
    code: 'UNAVAILABLE',
    message: 'The service could not answer; try again',
    retryAfter: 1,
  },
  {
    type: ResponseType.INTEGRATION_FAILURE,
    code: 'UNAVAILABLE',
    message: 'The service could not answer; try again',
    retryAfter: 1,
  },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    code: 'DEADLINE_EXCEEDED',
    message: 'The deadline passed before an answer was there',
  },
];

/** What checks tokens cannot: nobody is let in, and another try may succeed. */
const AUTHORIZER_ERRORS: readonly GatewayError[] = [
  ResponseType.AUTHORIZER_FAILURE,
  ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
].map((type) => ({
  type,
  code: 'UNAVAILABLE',
  message: 'The credentials cannot be checked now; try again',
  retryAfter: 1,
}));

/** To the gateway an unknown route and an unsigned request are one case, and unknown credentials have no name. */
const SIGNED_ERRORS: readonly GatewayError[] = [
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    code: 'FORBIDDEN',
    message: 'The request is not signed, or there is no such route with this method',
  },
  { type: ResponseType.DEFAULT_4XX, code: 'FORBIDDEN', message: 'The credentials are not valid' },
];
const OTHER_ERRORS: readonly GatewayError[] = [
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    code: 'NOT_FOUND',
    message: 'No such route, or not with this method',
  },
  { type: ResponseType.DEFAULT_4XX, code: 'INVALID_REQUEST', message: 'The request was refused' },
];

/** How the API of these answers is called. */
interface Calls {
  /** By signed requests. */
  readonly signed: boolean;
  /** With a token in the header `authorization`. */
  readonly bearer: boolean;
  /** From web pages of this origin. */
  readonly origin?: string;
  /** What they get that are more than it lets through. */
  readonly throttled?: ThrottledResponse;
}

/** Give every answer that the gateway makes the shape, the status and the headers of our errors. */
export function addGatewayErrors(api: RestApi, { signed, bearer, origin, throttled }: Calls): void {
  const errors = [...GATEWAY_ERRORS, ...(signed ? SIGNED_ERRORS : OTHER_ERRORS), ...(bearer ? AUTHORIZER_ERRORS : [])];
  if (throttled) addThrottledResponse(api, throttled, origin);
  for (const error of errors) {
    if (throttled && error.type === ResponseType.THROTTLED) continue;
    api.addGatewayResponse(error.type.responseType, {
      type: error.type,
      statusCode: `${ERROR_STATUS[error.code]}`,
      templates: {
        'application/json': `{"error":${JSON.stringify(error.message)},"code":"${error.code}","requestId":"$context.requestId"}`,
      },
      responseHeaders: {
        [HEADERS.requestId]: 'context.requestId',
        ...(error.retryAfter === undefined ? {} : { [HEADERS.retryAfter]: `'${error.retryAfter}'` }),
        ...originHeader(origin),
        ...(bearer && error.type === ResponseType.UNAUTHORIZED ? { 'www-authenticate': "'Bearer'" } : {}),
      },
    });
  }
}

/** A constant in place of the error: the gateway's fallback. */
function addThrottledResponse(api: RestApi, { body, retryAfter, status }: ThrottledResponse, origin?: string): void {
  const type = ResponseType.THROTTLED;
  api.addGatewayResponse(type.responseType, {
    type,
    statusCode: `${status ?? ERROR_STATUS.THROTTLED}`,
    templates: { 'application/json': body ?? 'null' },
    responseHeaders: {
      [HEADERS.requestId]: 'context.requestId',
      [HEADERS.retryAfter]: `'${retryAfter?.toSeconds() ?? 1}'`,
      [HEADERS.fallback]: `'${THROTTLED}'`,
      ...originHeader(origin),
    },
  });
}

function originHeader(origin: string | undefined): Record<string, string> {
  return origin === undefined ? {} : { 'access-control-allow-origin': `'${origin}'` };
}
