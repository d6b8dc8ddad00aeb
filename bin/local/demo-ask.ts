import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import {
  CACHE_HEADERS,
  HEADERS,
  type InferResponse,
  JOB_HEADERS,
  type WireTensor,
} from '../../lambdas/shared/contract';
import type { DemoCase } from './demo-case';
import { isExpected } from './demo-hook';
import { demoOutputs, demoRequest } from './demo-request';
import { describeAnswer, difference } from './demo-text';
import type { ServiceEndpoint } from './endpoints';
import { LOCAL_CREDENTIALS } from './target';

/** Longer than any deadline of a front, and than any job of a demo. */
const LIMIT_MS = 60_000;
const POLL_MS = 100;

export interface DemoAnswer {
  readonly answer: string;
  readonly ok: boolean;
}

/** A job, as `GET /v2/jobs/{job}` has it. */
interface JobDocument {
  readonly state: string;
  readonly result?: InferResponse;
  /** Where it is, when it is no JSON or too large for an answer. */
  readonly result_ref?: { readonly url: string; readonly inference_header_content_length?: number };
  readonly error?: { readonly message: string };
}

type Send = (url: string, request?: RequestInit) => Promise<Response>;

/** One prediction: what came of it in words. An answer that names a job is not the last one. */
export async function ask(
  { url, model, auth }: ServiceEndpoint,
  region: string,
  example: DemoCase,
): Promise<DemoAnswer> {
  const started = performance.now();
  const since = () => `${Math.round(performance.now() - started)} ms`;
  const send = sender(auth, region);
  const { hook } = example;
  const request = hook ? jsonRequest(hook.request) : demoRequest(example);
  const path = hook ? '/predict' : `/v2/models/${model}/infer`;
  const post = () => send(`${url}${path}`, { method: 'POST', ...request });
  const response = await post();
  const content = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200 && response.status !== 202) {
    return { answer: `${response.status} ${content.toString()}`, ok: false };
  }
  if (hook && response.status === 200) {
    const ok = isExpected(hook.answer, JSON.parse(content.toString()));
    return { answer: `${ok ? '' : 'wrong: '}${content}`, ok };
  }
  const outputs = response.status === 200 ? demoOutputs(content, response.headers) : undefined;
  // Not by its address: there are emulators that do not tell a function the whole address it was called by.
  const job = response.headers.get(JOB_HEADERS.job);
  if (job === null) {
    const answer = await afterCache(judge(outputs ?? [], example), response.headers, post, example);
    return example.spikes && answer.ok ? afterSpike(answer, post) : answer;
  }
  const first = outputs ? `${describeAnswer(outputs, example.outputSpecs)} after ${since()}` : `job after ${since()}`;
  const last = judge(await resultOf(`${url}/v2/jobs/${job}`, send), example);
  return { answer: `${first}, then ${last.answer}`, ok: last.ok };
}

/** Of a service with a cache also the second answer, which must be the same one. */
async function afterCache(
  first: DemoAnswer,
  headers: Headers,
  post: () => Promise<Response>,
  example: DemoCase,
): Promise<DemoAnswer> {
  const before = cacheMark(headers);
  if (before === null || !first.ok) return first;
  const started = performance.now();
  const response = await post();
  const content = Buffer.from(await response.arrayBuffer());
  const ms = Math.round(performance.now() - started);
  if (response.status !== 200) return { answer: `${response.status} ${content.toString()}`, ok: false };
  const { ok } = judge(demoOutputs(content, response.headers), example);
  return { answer: `${first.answer}, ${before}, then ${cacheMark(response.headers)} in ${ms} ms`, ok };
}

/** Requests at once that are more than a demo's service lets through. */
const SPIKE = 40;

/** Of a service with a circuit break also what a request too many gets. */
async function afterSpike(first: DemoAnswer, post: () => Promise<Response>): Promise<DemoAnswer> {
  const answers = await Promise.all(
    Array.from({ length: SPIKE }, async () => {
      const response = await post();
      const text = await response.text();
      return { reason: response.headers.get(HEADERS.fallback), status: response.status, text };
    }),
  );
  const refused = answers.filter(({ reason }) => reason !== null);
  const [one] = refused;
  if (!one) return { answer: `${first.answer}, and ${SPIKE} more at once are all served`, ok: false };
  const fallback = `${one.status} ${one.text} (${one.reason})`;
  return { answer: `${first.answer}; of ${SPIKE} at once ${refused.length} get ${fallback}`, ok: true };
}

/** What a cache says that it did. */
function cacheMark(headers: Headers): string | null {
  const data = headers.get(CACHE_HEADERS.dataCache);
  return headers.get(CACHE_HEADERS.cache) ?? (data === null ? null : `data ${data} from the cache`);
}

function jsonRequest(body: unknown): RequestInit {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function judge(answered: readonly WireTensor[], { outputs, outputSpecs, tolerance }: DemoCase): DemoAnswer {
  const wrong = difference(outputs, answered, tolerance);
  return wrong ? { answer: `wrong: ${wrong}`, ok: false } : { answer: describeAnswer(answered, outputSpecs), ok: true };
}

/** What the job has come to, as soon as it has ended. */
async function resultOf(url: string, send: Send): Promise<readonly WireTensor[]> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(POLL_MS)) {
    const response = await send(url);
    if (response.status === 202) {
      await response.arrayBuffer();
      continue;
    }
    const document = (await response.json()) as JobDocument;
    if (document.result) return document.result.outputs;
    if (document.result_ref) return fetchResult(document.result_ref);
    throw new Error(`the job is ${document.state}: ${document.error?.message ?? JSON.stringify(document)}`);
  }
  throw new Error(`the job has not ended after ${LIMIT_MS / 1000} s`);
}

async function fetchResult({
  url,
  inference_header_content_length: length,
}: NonNullable<JobDocument['result_ref']>): Promise<readonly WireTensor[]> {
  // A link is signed already.
  const content = await fetch(url).then((answer) => answer.arrayBuffer());
  const headers = new Headers(length === undefined ? {} : { [HEADERS.inferenceHeaderLength]: `${length}` });
  return demoOutputs(Buffer.from(content), headers);
}

function sender(auth: string, region: string): Send {
  const limited = (request: RequestInit = {}) => ({ signal: AbortSignal.timeout(LIMIT_MS), ...request });
  switch (auth) {
    case 'none':
      return (url, request) => fetch(url, limited(request));
    case 'iam': {
      // A local emulator's answers are not worth retrying: the row shows what happened.
      const client = new AwsClient({ ...LOCAL_CREDENTIALS, region, service: 'execute-api', retries: 0 });
      return (url, request) => client.fetch(url, limited(request));
    }
    default:
      throw new Error(`a call with authentication "${auth}" is not part of the demo`);
  }
}
