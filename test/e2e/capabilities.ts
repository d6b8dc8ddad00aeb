import { spawnSync } from 'node:child_process';
import type { Emulator } from '../../bin/local/emulator-kind';

/** What the tests can be run against. */
export type EndpointKind = Exclude<Emulator['kind'], 'unknown'>;

/** What some behaviours need of an endpoint and not every endpoint has. */
export const CAPABILITIES = {
  iam: 'signatures and policies are checked',
  authorizers: 'JWT and Cognito authorizers decide',
  throttle: 'rates, bursts and quotas are enforced',
  integrationTimeout: 'the gateway gives up an integration after its timeout',
  throttledFunctions: 'the gateway says at once that a function is at its concurrency limit',
  gatewayResponses: "bodies and headers of the API's own error responses are sent",
  calledAddress: 'a function is told the address that the caller used',
  binaryAnswers: 'bytes of a function arrive as bytes',
  contentEncoding: 'a body reaches the function as it was sent, whatever encoding it claims',
  customResources: 'custom resources run, so a version is tested before it is released',
  stackUpdates: 'a deployed stack can be updated, and rolls back when that fails',
  schedules: 'schedules of EventBridge Scheduler fire',
  eventKeys: 'an event of a bucket names the key of its object as it is',
  killEnvironments: 'an environment can be killed in mid-request',
} as const;

export type Capability = keyof typeof CAPABILITIES;
type Missing = Readonly<Partial<Record<Capability, string>>>;

/** Why an endpoint cannot show something. The embedded emulator can show everything: there no test is ever skipped. */
export const MISSING: Readonly<Record<EndpointKind, Missing>> = {
  embedded: {},
  localstack: {
    iam: 'neither signatures nor policies are checked',
    authorizers: 'authorizers and user pools are not in the community edition',
    throttle: 'rates, bursts and quotas are not enforced',
    integrationTimeout: 'the gateway waits for the function, however long',
    throttledFunctions: 'the gateway calls a function at its limit again until it is free',
    gatewayResponses: 'of a gateway response only the status is used, neither body nor headers',
    calledAddress: 'functions are told the path from the stage on, without what LocalStack has before it',
    binaryAnswers: 'binary answers stay Base64 text when an API takes every media type as binary',
    contentEncoding: 'the gateway itself decompresses bodies, and fails with what is not gzip',
    customResources: 'custom resources are not in the community edition',
    stackUpdates: 'an update of a stack loses its alias',
    schedules: 'schedules of EventBridge Scheduler never fire',
    eventKeys: 'an event of a bucket has the key of its object percent-encoded',
  },
};

/** How many environments of a function tests let start at once: where each is a container, fewer than as processes. */
export const AT_ONCE: Readonly<Record<EndpointKind, number>> = { embedded: process.env.SOAK ? 50 : 24, localstack: 8 };

/** What is missing here and now. With `ATTEMPT=all` nothing is: to see whether a new release of an emulator has more. */
export function missingAt(kind: EndpointKind): Missing {
  if (process.env.ATTEMPT === 'all') return {};
  if (kind !== 'localstack' || spawnSync('docker', ['ps']).status === 0) return MISSING[kind];
  return { ...MISSING[kind], killEnvironments: 'Docker cannot be reached, so no container can be killed' };
}
