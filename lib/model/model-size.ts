import { Size } from 'aws-cdk-lib';
import type { ModelManifest } from '../../lambdas/shared/contract';
import { PACKAGE_BYTES } from './package-limit';

/** What a model that comes by one request is: it goes to memory and needs no file. */
const IN_MEMORY_BYTES = 8 * 1024 * 1024;

const MODEL_LOAD =
  'Load it from S3 instead (model-load): Model.fromDirectory(directory, ModelSource.fromBucket(bucket, key, sha256)).';

/** Refuses what does not fit into a function's package, with the way out. */
export function requireFitsPackage(what: string, bytes: number, wayOut = MODEL_LOAD): void {
  if (bytes <= PACKAGE_BYTES) return;
  throw new Error(`${what} is ${mib(bytes)} unzipped, and Lambda takes ${mib(PACKAGE_BYTES)}. ${wayOut}`);
}

/** What of a function a model has to fit into. */
export interface FunctionRoom {
  readonly memory: Size;
  readonly ephemeralStorage: Size;
}

/**
 * Refuses what certainly does not fit; what it really takes while it loads is two to three times its size. A pointer's
 * next model is loaded beside the one that serves; and so is, in the self-test of a release, the portable one beside the
 * one that is optimised.
 */
export function requireFitsFunction(
  source: ModelManifest['source'],
  bytes: number,
  { memory, ephemeralStorage }: FunctionRoom,
  optimized = false,
): void {
  if (memory.isUnresolved() || ephemeralStorage.isUnresolved()) return;
  const beside =
    (source === 'pointer' && 'one serves while the next one loads') ||
    (optimized && 'the self-test of a release loads the portable one beside the one optimised for its CPU');
  const inMemory = beside ? 2 * bytes : bytes;
  if (inMemory > memory.toBytes()) {
    const models = beside ? `Two models (${beside}) need` : 'The model needs';
    const enough = Size.gibibytes(10).toBytes() >= inMemory;
    const raise = optimized ? 'Raise memory, or delete the artefacts.' : 'Raise memory.';
    const wayOut = enough
      ? raise
      : 'No function has more than 10,240 MiB: use a smaller model (int8 is a quarter), or another kind of server.';
    throw new Error(
      `${models} at least ${mib(inMemory)} of memory; the function has ${mib(memory.toBytes())}. ${wayOut}`,
    );
  }
  if (source === 'asset' || bytes <= IN_MEMORY_BYTES || bytes <= ephemeralStorage.toBytes()) return;
  throw new Error(
    `The model is ${mib(bytes)} and is loaded by way of /tmp, which has ${mib(ephemeralStorage.toBytes())}. Raise ephemeralStorage (up to 10,240 MiB).`,
  );
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024).toLocaleString('en')} MiB`;
}
