import { version } from '../../package.json';
import { expectedOf } from '../predict/http-prediction';
import { json, modelDocument } from '../predict/metadata';
import { checkExpected } from '../predict/resolve-model';
import type { ModelManifest } from '../shared/contract';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { identityOf } from '../shared/session/model-store';

export { serverLive, serverMetadata } from '../predict/metadata';

/** A function with no model in it, which answers for one. */
interface AnswersFor {
  readonly manifest: ModelManifest;
}

/** It answers, and the predictors behind it were tested before they were released. */
export function serverReady(): Outcome {
  return json(200, { ready: true });
}

export function modelReady({ event }: HttpRequest, { manifest }: AnswersFor): Outcome {
  checkExpected(expectedOf(event), manifest);
  return json(200, { name: manifest.name, ready: true });
}

export function modelMetadata({ event }: HttpRequest, { manifest }: AnswersFor): Outcome {
  checkExpected(expectedOf(event), manifest);
  return modelDocument(identityOf(manifest), manifest);
}

/** Asked for by people and generators, not by callers: it is loaded when it is. */
export async function openApi(_: HttpRequest, { manifest }: AnswersFor): Promise<Outcome> {
  const { openApiDocument } = await import('../predict/openapi/document');
  return json(200, openApiDocument(manifest, version));
}
