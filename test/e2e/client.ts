import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { AwsClient } from 'aws4fetch';
import { expect, inject } from 'vitest';
import { clientConfig, LOCAL_CREDENTIALS } from '../../bin/local/target';
import type { Golden, HttpErrorBody, InferResponse, WireTensor } from '../../lambdas/shared/contract';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly ms: number;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A request, its parsed answer and the time between. */
export async function call<Body>(url: string, init: RequestInit = {}, via: Fetch = fetch): Promise<Answer<Body>> {
  const started = performance.now();
  const response = await via(url, { signal: AbortSignal.timeout(60_000), ...init });
  const text = await response.text();
  const ms = performance.now() - started;
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : undefined) as Body,
    ms,
  };
}

export function post<Body>(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return call<Body>(url, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
}

export const infer = (url: string, model: string, body: unknown): Promise<Answer<InferResponse & HttpErrorBody>> =>
  post(`${url}/v2/models/${model}/infer`, body);

/** A request for `slow`: its time is in the number of iterations. */
export const slowRequest = (iterations: number) => ({
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] },
    { name: 'iterations', datatype: 'INT64', shape: [1], data: [Math.round(iterations)] },
  ],
});

/** How many iterations of `slow` take a second on this machine, as a caller of this service sees it. */
export async function iterationsPerSecond(url: string): Promise<number> {
  await timeOf(url, 1);
  for (let probe = 200_000; ; probe *= 2) {
    const ms = await timeOf(url, probe);
    // Long enough that the way there and back does not count.
    if (ms > 300) return Math.round((probe / ms) * 1000);
  }
}

/** On a busy machine an environment can take longer to start, or to answer, than a request has. */
async function timeOf(url: string, iterations: number): Promise<number> {
  const { ms, status } = await warmedUp(() => infer(url, 'slow', slowRequest(iterations)));
  expect(status).toBe(200);
  return ms;
}

/** Calls signed by these credentials, by default those of the account. */
export function signed(credentials: { accessKeyId: string; secretAccessKey: string } = LOCAL_CREDENTIALS): Fetch {
  const client = new AwsClient({ ...credentials, region: 'us-east-1', service: 'execute-api', retries: 0 });
  return (url, init) => client.fetch(url, init);
}

export function golden(folder: string): Golden {
  return JSON.parse(readFileSync(path.join(folder, 'golden.json'), 'utf8'));
}

/** Every output is there, in order, with every value within the tolerance. */
export function expectOutputs(actual: readonly WireTensor[], expected: readonly WireTensor[], tolerance: number): void {
  expect(actual.map(({ name, datatype, shape }) => ({ name, datatype, shape }))).toEqual(
    expected.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
  );
  for (const [index, { data = [] }] of expected.entries()) {
    const values = actual[index]?.data ?? [];
    expect(values).toHaveLength(data.length);
    for (const [at, value] of data.entries())
      expect(Math.abs(Number(values[at]) - Number(value))).toBeLessThanOrEqual(tolerance);
  }
}

export type LogLine = Record<string, unknown> & { requestId?: string; event?: string };

/** The structured lines of a function's log group, oldest first. */
export async function logLines(logGroup: string): Promise<LogLine[]> {
  const client = new CloudWatchLogsClient(clientConfig(inject('target')));
  const logGroupName = inject('endpoint') === 'localstack' ? await groupOnLocalStack(logGroup) : logGroup;
  const lines: LogLine[] = [];
  for (let nextToken: string | undefined, first = true; first || nextToken; first = false) {
    const page = await client.send(new FilterLogEventsCommand({ logGroupName, nextToken })).catch((error) => {
      // One that no stack has is there from the first line on.
      if (error.name === 'ResourceNotFoundException' && isOfEndpoint(logGroupName))
        return {} as Partial<FilterLogEventsCommandOutput>;
      throw error;
    });
    for (const { message = '' } of page.events ?? []) {
      for (const line of message.split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line));
    }
    nextToken = page.nextToken;
  }
  return lines;
}

/** Whether a log group is the endpoint's own: LocalStack writes to groups that no stack has. */
export function isOfEndpoint(logGroup: string): boolean {
  return inject('endpoint') === 'localstack' && logGroup.startsWith('/aws/lambda/');
}

const groupsOnLocalStack = new Map<string, string>();

/** LocalStack knows which log group a function has, and writes to the one of its name all the same. */
async function groupOnLocalStack(logGroup: string): Promise<string> {
  if (!groupsOnLocalStack.has(logGroup)) {
    const client = new LambdaClient(clientConfig(inject('target')));
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      for (const { FunctionName, LoggingConfig } of Functions) {
        groupsOnLocalStack.set(LoggingConfig?.LogGroup ?? '', `/aws/lambda/${FunctionName}`);
      }
    }
  }
  const found = groupsOnLocalStack.get(logGroup);
  if (found === undefined) throw new Error(`no function has the log group ${logGroup}`);
  return found;
}

/** The log line of a request, as soon as it is there. */
export async function logLineOf(logGroupName: string, requestId: string | null): Promise<LogLine> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const line = (await logLines(logGroupName)).find((candidate) => candidate.requestId === requestId);
    if (line) return line;
    await sleep(200);
  }
  throw new Error(`no log line of request ${requestId} in ${logGroupName}`);
}

/** How often the function of a log group was asked by another, once no more lines come. */
export async function invocations(logGroup: string): Promise<number> {
  for (let before = -1; ; await sleep(500)) {
    const count = (await logLines(logGroup)).filter(({ operation }) => operation === 'invoke').length;
    if (count === before) return count;
    before = count;
  }
}

/**
 * Asks until there is an answer in time: functions that start one behind the other may take longer than a deadline on
 * a small machine.
 */
export async function warmedUp<A extends { readonly status: number }>(ask: () => Promise<A>): Promise<A> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (![503, 504].includes(answer.status) || tries === 8) return answer;
  }
}
