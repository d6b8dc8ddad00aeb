import * as path from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Artefact, readArtefacts } from '../model/artefacts';
import type { Model } from '../model/model';
import { onnxRuntimeVersion } from './onnxruntime-layer';

/** The artefacts of a model that ship with a function. Of arm64 there are none; the portable model loads as fast. */
export function shippedArtefacts(
  scope: Construct,
  { card, goldenFile, source }: Model,
  architecture: Architecture,
): readonly Artefact[] {
  if (source._file === undefined || architecture !== Architecture.X86_64) return [];
  const folder = path.dirname(goldenFile);
  const { valid, leftOut } = readArtefacts(folder, card.sha256, onnxRuntimeVersion(architecture));
  for (const { file, reason } of leftOut) {
    Annotations.of(scope).addWarningV2(
      'cdk-ml-serving:artefact',
      `${file} does not ship, because ${reason}. Make it anew on a machine with that CPU, or delete it: npx cdk-ml-serving optimize ${folder}`,
    );
  }
  return valid;
}
