import type { ModelIdentity, ModelManifest } from '../shared/contract';
import { quote, ServingError } from '../shared/errors';
import { inTime } from '../shared/in-time';
import type { LoadedModel, ModelStore } from '../shared/session/model-store';
import type { PredictRequest, Resolved } from './steps';

export interface Expected {
  readonly name?: string;
  readonly version?: string;
  /** Version of the pair that whoever made the tensors belongs to. */
  readonly pair?: string;
}

/** The model a request is for. A wrong name is not found even while the model does not load. */
export async function resolveModel<Answer>(
  request: PredictRequest<Answer>,
  models: ModelStore,
): Promise<Resolved<Answer>> {
  return { request, model: await findModel(request.expects, models, request.deadlineMs) };
}

/** The manifest of the model that is asked for, which is there also while the model does not load. */
export async function findManifest(expected: Expected, models: ModelStore): Promise<ModelManifest> {
  const manifest = await models.manifest();
  checkName(expected, manifest.name);
  if (models.identity) checkVersion(expected, models.identity);
  return manifest;
}

export async function findModel(expected: Expected, models: ModelStore, deadlineMs: number): Promise<LoadedModel> {
  const manifest = await models.manifest();
  checkExpected(expected, manifest);
  // One that loads slowly goes on loading for the requests to come.
  const model = models.loaded ?? (await inTime(deadlineMs, 'while the model was loading', () => models.load()));
  checkVersion(expected, model.identity);
  checkPair(expected, { name: manifest.name, pair: model.pair === undefined ? manifest.pair : model.pair });
  return model;
}

/** Version and pair of what a pointer names may be others after the next look at it. */
export function checkExpected(expected: Expected, manifest: ModelManifest): void {
  checkName(expected, manifest.name);
  if (manifest.source === 'pointer') return;
  checkVersion(expected, manifest);
  checkPair(expected, manifest);
}

function checkName(expected: Expected, name: string): void {
  if (expected.name === undefined || expected.name === name) return;
  throw new ServingError('MODEL_NOT_FOUND', `there is no model ${quote(expected.name)} here; this is "${name}"`);
}

function checkVersion({ version }: Expected, model: Pick<ModelIdentity, 'name' | 'version'>): void {
  if (version === undefined || version === model.version) return;
  const message = `model "${model.name}" has no version ${quote(version)} here; this is "${model.version}"`;
  throw new ServingError('MODEL_NOT_FOUND', message);
}

/** A model that gets what another preprocessing made does not fail; it answers, and wrongly. */
function checkPair({ pair }: Expected, model: { readonly name: string; readonly pair?: string | null }): void {
  if (pair === undefined || pair === model.pair) return;
  const own = model.pair ? `pair ${quote(model.pair)}` : 'no pair';
  const message = `the preprocessing is of pair ${quote(pair)}, the model "${model.name}" of ${own}`;
  throw new ServingError('PAIR_MISMATCH', message, { retryAfterMs: 1000 });
}
