import { version } from '../../package.json';
import type { ModelIdentity, ModelManifest, TensorSpec } from '../shared/contract';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { receivedMsOf } from '../shared/http/request';
import { expectedOf } from './http-prediction';
import { findManifest, findModel } from './resolve-model';
import type { Service } from './service';

/** What this server understands beyond the protocol. */
const EXTENSIONS = ['binary_tensor_data', 'predict_instances', 'image_body'];

export function serverMetadata(): Outcome {
  return json(200, { name: 'cdk-ml-serving', version, extensions: EXTENSIONS });
}

/** The function answers, so it is alive; whether it can predict is another question. */
export function serverLive(): Outcome {
  return json(200, { live: true });
}

export async function serverReady(_: HttpRequest, { models }: Service): Promise<Outcome> {
  const ready = await models.isReady();
  return json(ready ? 200 : 503, { ready });
}

export async function modelReady({ event }: HttpRequest, { models }: Service): Promise<Outcome> {
  const ready = await models.isReady();
  // After the load, because only then the version of a model loaded by pointer is known.
  const { name } = await findManifest(expectedOf(event), models);
  return json(ready ? 200 : 503, { name, ready });
}

export async function modelMetadata({ event }: HttpRequest, { env, models }: Service): Promise<Outcome> {
  const { identity, manifest } = await findModel(expectedOf(event), models, receivedMsOf(event) + env.deadlineMs);
  return modelDocument(identity, manifest);
}

/** What the protocol says of a model. */
export function modelDocument(
  { name, revision, version: modelVersion }: ModelIdentity,
  manifest: ModelManifest,
): Outcome {
  const { description, inputs, outputs } = manifest;
  return json(200, {
    name,
    versions: [modelVersion],
    platform: 'onnxruntime_onnx',
    inputs: inputs.map(signature),
    outputs: outputs.map(signature),
    parameters: { revision, description },
  });
}

/** Asked for by people and generators, not by callers: it is loaded when it is. */
export async function openApi(_: HttpRequest, { models }: Service): Promise<Outcome> {
  const { openApiDocument } = await import('./openapi/document');
  const manifest = await models.manifest();
  // What a hook takes, only the hook itself says.
  const hooks = manifest.hooks && (await models.load()).hooks;
  return json(200, openApiDocument(manifest, version, hooks));
}

function signature({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape };
}

export function json(status: number, body: unknown): Outcome {
  return { status, body: JSON.stringify(body) };
}
