import type { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { Auth } from './auth';

/** How many requests an API lets through. The brake on cost and on a spike. */
export interface Throttle {
  /** Requests per second in the long run, for each route. */
  readonly rate: number;
  /** Requests at once above the rate. */
  readonly burst: number;
}

/** What an API answers to what it does not let through: a constant, because no function is asked. */
export interface ThrottledResponse {
  /**
   * The body: a JSON text.
   * @default 'null'
   */
  readonly body?: string;
  /**
   * The status, 200 to 599.
   * @default 429
   */
  readonly status?: number;
  /**
   * When a try again makes sense, in whole seconds.
   * @default Duration.seconds(1)
   */
  readonly retryAfter?: Duration;
}

/** A name of your own for an API. */
export interface ApiDomain {
  /** The name, such as `models.example.org`. Its DNS record is an alias of `InferenceApi.domainName`. */
  readonly domainName: string;
  /** Certificate of the name, in the region of the API. */
  readonly certificate: ICertificate;
  /**
   * First segment of the path, for several APIs under one name.
   * @default - none: `/v2/...` follows the name
   */
  readonly basePath?: string;
}

/** Where calls may come from. Each one narrows; who calls is checked besides, by `auth`. */
export interface ApiAccess {
  /**
   * Endpoints (`execute-api`) of the VPCs that calls come through. The API is then private: it has no public address.
   * @default - the API is public
   */
  readonly vpcEndpoints?: IVpcEndpoint[];
  /**
   * Address ranges that calls come from, such as `203.0.113.0/24`; of a private API, addresses in the VPC.
   * @default - any address
   */
  readonly cidrs?: string[];
  /**
   * Other AWS accounts whose callers may be allowed (by policies of their own accounts). For `auth` IAM.
   * @default - this account
   */
  readonly accounts?: string[];
}

/** How the HTTP front of a service behaves; every option has a default. */
export interface InferenceApiOptions {
  /**
   * Who may call.
   * @default Auth.iam()
   */
  readonly auth?: Auth;
  /**
   * Where calls may come from.
   * @default - anywhere
   */
  readonly access?: ApiAccess;
  /**
   * What is let through; the rest gets a 429 and reaches no function. On AWS best effort, not exact.
   * @default - rate 50, burst 100
   */
  readonly throttle?: Throttle;
  /**
   * What is let through of the routes that run the model, where that is less than of the others.
   * @default - the same as `throttle`
   */
  readonly inferThrottle?: Throttle;
  /**
   * A constant answer in place of that 429, marked `x-fallback: throttled`.
   * @default - a 429 with an error as its body, and Retry-After
   */
  readonly throttledResponse?: ThrottledResponse;
  /**
   * Origin that browsers may call from, such as `https://example.org`, or `*`.
   * @default - none: no CORS
   */
  readonly corsOrigin?: string;
  /**
   * A name of your own for the API.
   * @default - the name that API Gateway gives
   */
  readonly domain?: ApiDomain;
  /**
   * ARN of a web ACL (AWS WAF, regional) that filters the requests.
   * @default - none
   */
  readonly webAclArn?: string;
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
