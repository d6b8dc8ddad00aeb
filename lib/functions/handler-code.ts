import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AssetHashType, DockerImage, FileSystem } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { MANIFEST_FILE, MODEL_DIR, type ModelManifest } from '../../lambdas/shared/contract';
import { shipped } from '../package-files';

/** The folder of a handler as it ships: `build/handlers/<name>`. */
export function handlerFolder(name: string): string {
  return shipped('build', 'handlers', name);
}

/** A handler alone. */
export function handlerCode(name: string): Code {
  return Code.fromAsset(handlerFolder(name));
}

/** Files that lie beside a handler's own. */
export interface FilesBeside {
  readonly digest: string;
  readonly copyTo: (folder: string) => void;
}

/** Content as a JSON file of a name. */
export function jsonBeside(file: string, content: unknown): FilesBeside {
  return {
    digest: createHash('sha256').update(file).update(JSON.stringify(content)).digest('hex'),
    copyTo: (folder) => writeJson(path.join(folder, file), content),
  };
}

/** A handler with what it must know of a model that runs elsewhere. */
export function handlerCodeWithCard(name: string, manifest: ModelManifest, beside?: FilesBeside): Code {
  const handler = handlerFolder(name);
  const digest = createHash('sha256').update(FileSystem.fingerprint(handler)).update(JSON.stringify(manifest));
  if (beside) digest.update(beside.digest);
  return assembledCode(handler, digest.digest('hex'), (folder) => {
    writeManifest(folder, manifest);
    beside?.copyTo(folder);
  });
}

/** A handler with something beside it, as one asset that `digest` names. */
export function assembledCode(handler: string, digest: string, add: (folder: string) => void): Code {
  // CDK's own way to put an asset together from several folders. The image is demanded by its signature and never
  // used: `tryBundle` copies files and always succeeds, so no Docker is involved.
  return Code.fromAsset(handler, {
    assetHashType: AssetHashType.CUSTOM,
    assetHash: digest,
    bundling: {
      image: DockerImage.fromRegistry('unused'),
      local: {
        tryBundle(folder) {
          fs.cpSync(handler, folder, { recursive: true });
          add(folder);
          return true;
        },
      },
    },
  });
}

export function writeManifest(folder: string, manifest: ModelManifest): void {
  writeJson(path.join(folder, MODEL_DIR, MANIFEST_FILE), manifest);
}

function writeJson(file: string, content: unknown): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
