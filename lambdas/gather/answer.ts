import { codecOf } from '../predict/http-prediction';
import {
  CONTRACT_VERSION,
  ERROR_STATUS,
  type ErrorBody,
  type FanOutSpec,
  type GraphOutput,
  type InferResponse,
  type ModelIdentity,
  type ModelManifest,
  type StageSummary,
} from '../shared/contract';
import { outputsFound, stepsBehind } from '../shared/graph/find-outputs';
import type { Content } from '../shared/http/response';
import { inferenceOf } from '../shared/jobs/asked';
import type { Job, Member } from '../shared/jobs/job';
import { bodyOf } from '../shared/jobs/job-bodies';
import { missingOf } from '../shared/jobs/members';
import type { PayloadStore } from '../shared/jobs/payload-store';
import { wireTensor } from '../shared/predictor/exchange';
import { identityOf } from '../shared/session/model-store';
import { failureOf } from './verdict';

/** What an answer is made with. */
interface Making {
  readonly manifest: ModelManifest;
  readonly spec: FanOutSpec;
  readonly payloads: PayloadStore;
}

/** By the name of the model. */
export type Steps = GraphOutput['steps'];

/** An answer; or why there is none, which no other try would change. */
export type Gathered = { readonly content: Content } | { readonly error: ErrorBody };

/** The answers of the models as one, encoded as the client asked for it. */
export async function answerOf(
  job: Job,
  steps: Steps,
  stages: readonly StageSummary[],
  { manifest, payloads, spec }: Making,
): Promise<Gathered> {
  const { asked, expiresAt, input, requestId } = job;
  // What the workers have read is not read again: it may be larger than this function.
  const body = asked ? { headers: input.headers, body: '', isBase64Encoded: true } : await bodyOf(job, payloads);
  const { decode, encode } = codecOf(input.operation, body, { deadlineMs: expiresAt, requestId });
  const answerer = { identity: identityOf(manifest), manifest };
  const inference = asked ? inferenceOf(asked) : await decode(answerer);
  const { aggregates, outputs } = spec;
  const found = await outputsFound({ aggregates, outputs, steps }, inference.outputs, undefined);
  if (found.length === 0) return { error: whyNothing(job, stepsBehind(spec, inference.outputs)) };
  const tensors = found.map((wire) => wireTensor(wire, manifest.outputs));
  const content = await encode(answerer, inference, tensors);
  // Of an answer of bytes the front says in a header what is missing, the job in `models`.
  if (content.headerLength !== undefined) return { content };
  const parameters = { stages, ...(missingOf(job).length > 0 && { partial: true }) };
  return { content: { body: `{"parameters":${JSON.stringify(parameters)},${content.body.slice(1)}` } };
}

/** What was asked for is of models that failed, although others answered. */
function whyNothing({ members = {} }: Job, asked: readonly string[]): ErrorBody {
  const missed = asked.find((name) => members[name]?.error);
  if (missed) return failureOf(missed, members[missed]);
  return { code: 'UNAVAILABLE', message: 'No model gave any of the outputs that were asked for.' };
}

/** What each model gave that has settled, as a graph has the answers of its steps. */
export async function stepsOf({ members = {} }: Job, payloads: PayloadStore): Promise<Steps> {
  const entries = Object.entries(members).map(async ([name, member]) => {
    const { endedAt, startedAt = endedAt } = member;
    // The others may still be at work, where the failure of one ends all.
    if (startedAt === undefined || endedAt === undefined) return [name, null] as const;
    const times = { startMs: startedAt, endMs: endedAt };
    return [name, { v: CONTRACT_VERSION, ...times, ...(await resultOf(name, member, times, payloads)) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function resultOf(
  name: string,
  { error, model, output }: Member,
  times: { readonly startMs: number; readonly endMs: number },
  payloads: PayloadStore,
) {
  if (!output || !model) {
    const { code = 'UNAVAILABLE', message = 'The model has not settled.' } = error ?? {};
    return { status: ERROR_STATUS[code], error: { code, message } };
  }
  const bytes = output.inline ?? (output.ref && (await payloads.get(output.ref))) ?? new Uint8Array();
  const response: InferResponse = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const stages = [{ name, ...times, bytes: bytes.byteLength, status: 200 }];
  return { status: 200 as const, model: model as ModelIdentity, response, stages };
}
