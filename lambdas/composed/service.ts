import { resolve } from 'node:path';
import type { ModelManifest, PredictorSuccess } from '../shared/contract';
import type { AnsweringEnv } from '../shared/env';
import type { AnsweringService } from '../shared/http/answer';
import { type ObjectStore, objectsOf } from '../shared/payloads/object-store';
import { withRevision } from '../shared/predictor/answered-revision';
import type { Asking } from '../shared/predictor/ask';
import type { Inference } from '../shared/protocol/tensor';
import { readManifest } from '../shared/session/manifest';
import { identityOf } from '../shared/session/model-store';
import { RequestLog } from '../shared/telemetry/request-log';

/** A request for a prediction, decoded and checked against the card: the same one, however it came. */
export interface Question extends Asking {
  readonly inference: Inference;
}

/** What a composed predictor answers a question with; it throws the `ServingError` where it has no answer. */
export type AnswerQuestion = (question: Question) => Promise<PredictorSuccess>;

/** What the function of a composed predictor keeps between requests: one that answers by asking others. */
export interface Composed extends AnsweringService {
  readonly env: AnsweringEnv;
  readonly log: RequestLog;
  /** What it takes and gives; the models are elsewhere. */
  readonly manifest: ModelManifest;
  readonly answer: AnswerQuestion;
}

export interface ComposedWiring<Env extends AnsweringEnv> {
  readonly env: Env;
  readonly handlerDir: string;
  readonly write: (line: string) => void;
}

/** What `answer` is made of: where it writes, and for what it answers. */
export interface ComposedParts<Env extends AnsweringEnv> {
  readonly env: Env;
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
  /** Where bodies lie that come, or go, by reference; none where nobody sends any. */
  readonly objects?: ObjectStore;
}

export function createComposed<Env extends AnsweringEnv>(
  { env, handlerDir, write }: ComposedWiring<Env>,
  answering: (parts: ComposedParts<Env>) => AnswerQuestion,
): Composed {
  const manifest = readManifest(resolve(handlerDir, env.modelDir));
  const log = new RequestLog({ service: env.service, environment: env.environment, write });
  const identity = identityOf(manifest);
  const objects = objectsOf(env);
  const isPointer = manifest.source === 'pointer';
  const answer = answering({ env, log, manifest, objects });
  return {
    env,
    log,
    manifest,
    objects,
    answer: async (question) => withRevision(await answer(question), manifest),
    // Which version a pointer names only the predictor knows.
    identity: () => (isPointer ? undefined : identity),
    known: () => (isPointer ? { name: manifest.name } : identity),
  };
}
