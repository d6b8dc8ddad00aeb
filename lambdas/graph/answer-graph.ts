import { createHash } from 'node:crypto';
import type { AnswerQuestion, ComposedParts, Question } from '../composed/service';
import {
  CONTRACT_VERSION,
  GRAPH_METRICS,
  GRAPH_PREFIX,
  type GraphInput,
  type GraphOutput,
  HEADERS,
  type ModelIdentity,
  type ModelManifest,
  type PredictorSuccess,
  type RequestBody,
} from '../shared/contract';
import { findOutputs } from '../shared/graph/find-outputs';
import { answersOf } from '../shared/graph/sources';
import { checkDeadline } from '../shared/in-time';
import { checkIn } from '../shared/payloads/claim-check';
import { answeredRevision, mixedRevision } from '../shared/predictor/answered-revision';
import { inferRequestOf } from '../shared/predictor/exchange';
import { identityOf } from '../shared/session/model-store';
import type { GraphEnv } from './graph-env';
import { reportFailure, reportStages, summaryOf } from './stages';
import { failureOf } from './step-failure';
import { marksOf } from './step-marks';
import type { Execute } from './sync-execution';

/** Kept of the time that is left, so that what the steps gave still becomes an answer: Step Functions counts in seconds. */
const RESERVE_MS = 1000;

/** Asks the steps of a graph by running its state machine, and makes one answer of theirs. */
export function answerGraph(parts: ComposedParts<GraphEnv>, execute: Execute): AnswerQuestion {
  return async (question) => {
    const { deadlineMs } = question;
    checkDeadline(deadlineMs, 'before the steps were asked');
    const name = crypto.randomUUID();
    const prefix = `${GRAPH_PREFIX}${name}/`;
    const body = await bodyOf(question, prefix, parts);
    const ended = await execute(name, inputOf(question, body, prefix), deadlineMs);
    if ('failure' in ended) {
      reportFailure(ended.failure, question.requestId, parts);
      throw failureOf(ended.failure);
    }
    return answerOf(ended.output, question, parts);
  };
}

/** The request as the state machine carries it: what is large as the claim check for an object. */
async function bodyOf({ inference }: Question, prefix: string, { env, objects }: ComposedParts<GraphEnv>) {
  const request = inferRequestOf({ ...inference, outputs: [] });
  const { length } = JSON.stringify(request);
  if (length <= env.inlineBytes) return { request };
  return { requestRef: await checkIn(`${prefix}request`, request, objects) };
}

function inputOf(question: Question, body: RequestBody, prefix: string): GraphInput {
  const { cacheControl = null, deadlineMs, principal = null, requestId, traceparent } = question;
  const asking = { requestId, traceparent, principal, cacheControl };
  return { asking, deadlineMs: deadlineMs - RESERVE_MS, body, prefix };
}

async function answerOf(
  output: GraphOutput,
  question: Question,
  parts: ComposedParts<GraphEnv>,
): Promise<PredictorSuccess> {
  const { manifest, log, objects } = parts;
  const { inference, requestId } = question;
  const stages = summaryOf(output);
  reportStages(stages, requestId, parts);
  const outputs = await findOutputs(output, inference.outputs, objects);
  const failed = stages.filter(({ name, status }) => status !== 200 && output.soft.includes(name));
  const steps = failed.map(({ name }) => name);
  if (steps.length > 0) {
    log.event('partial_answer', { model: manifest.name, requestId, steps }, [[GRAPH_METRICS.partial, 1]]);
  }
  const model = modelOf(output, parts);
  const marks = marksOf(output, steps);
  const parameters = { stages, ...(HEADERS.partial in marks && { partial: true }) };
  const named = { model_name: model.name, model_version: model.version };
  return {
    v: CONTRACT_VERSION,
    status: 200,
    model,
    revision: manifest.source === 'pointer' ? undefined : graphRevision(output, manifest),
    response: { ...named, id: inference.id, parameters, outputs },
    stages: stages.map(({ name, startMs, endMs, bytes, status }) => ({ name, startMs, endMs, bytes, status })),
    ...(Object.keys(marks).length > 0 && { marks }),
  };
}

/** Where models are loaded by pointer, the revision of the graph is made of those that answered too. */
function modelOf({ steps }: GraphOutput, { manifest }: ComposedParts<GraphEnv>): ModelIdentity {
  const identity = identityOf(manifest);
  if (manifest.source !== 'pointer') return identity;
  const hash = createHash('sha256').update(identity.revision);
  for (const [, answer] of answersOf(steps)) hash.update(answeredRevision(answer));
  return { ...identity, revision: hash.digest('hex').slice(0, 12) };
}

/** The graph's own, where state machine and steps are those that it is made of; both may be of another release. */
function graphRevision({ machine, steps }: GraphOutput, { graph, revision }: ModelManifest): string {
  const answered = answersOf(steps).map(([name, answer]) => [name, answeredRevision(answer)] as const);
  const isOwn = machine === graph?.machine && answered.every(([name, told]) => told === graph?.steps[name]);
  return isOwn ? revision : mixedRevision(revision, [`${machine}`, ...answered.flat()]);
}
