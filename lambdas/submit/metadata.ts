import { version } from '../../package.json';
import { expectedOf } from '../predict/http-prediction';
import { checkExpected } from '../predict/resolve-model';
import type { TensorSpec } from '../shared/contract';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import type { Front } from './service';

/** A job of nobody: to see whether the table answers. */
const NO_JOB = '0'.repeat(32);

/** Ready is who can accept: the worker was tested before it was released. */
export async function serverReady(_: HttpRequest, { table }: Front): Promise<Outcome> {
  const ready = await answers(table);
  return { status: ready ? 200 : 503, body: JSON.stringify({ ready }) };
}

export async function modelReady({ event }: HttpRequest, { manifest, table }: Front): Promise<Outcome> {
  checkExpected(expectedOf(event), manifest);
  const ready = await answers(table);
  return { status: ready ? 200 : 503, body: JSON.stringify({ name: manifest.name, ready }) };
}

export function modelMetadata({ event }: HttpRequest, { manifest }: Front): Outcome {
  checkExpected(expectedOf(event), manifest);
  const body = {
    name: manifest.name,
    versions: [manifest.version],
    platform: 'onnxruntime_onnx',
    inputs: manifest.inputs.map(signature),
    outputs: manifest.outputs.map(signature),
    parameters: { revision: manifest.revision, description: manifest.description },
  };
  return { status: 200, body: JSON.stringify(body) };
}

/** Asked for by people and generators, not by callers: it is loaded when it is. */
export async function openApi(_: HttpRequest, { manifest }: Front): Promise<Outcome> {
  const { openApiDocument } = await import('../predict/openapi/document');
  const { withJobs } = await import('./openapi-jobs');
  return { status: 200, body: JSON.stringify(withJobs(openApiDocument(manifest, version))) };
}

function signature({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape };
}

function answers(table: Front['table']): Promise<boolean> {
  return table.get(NO_JOB).then(
    () => true,
    () => false,
  );
}
