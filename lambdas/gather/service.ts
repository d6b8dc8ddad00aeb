import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FAN_OUT_FILE, type FanOutSpec, MODEL_DIR, type ModelIdentity, type ModelManifest } from '../shared/contract';
import type { Environment } from '../shared/env';
import { createEndingService, type EndingService } from '../shared/jobs/ending-service';
import { type GatherEnv, readGatherEnv } from '../shared/jobs/job-env';
import { PayloadStore } from '../shared/jobs/payload-store';
import { readManifest } from '../shared/session/manifest';
import { identityOf } from '../shared/session/model-store';

/** What makes one answer of several is wired to. */
export interface Gatherer extends EndingService<GatherEnv> {
  readonly manifest: ModelManifest;
  readonly model: ModelIdentity;
  readonly spec: FanOutSpec;
  readonly payloads: PayloadStore;
}

export function createGatherer(variables: Environment, handlerDir: string, write: (line: string) => void): Gatherer {
  const env = readGatherEnv(variables);
  const manifest = readManifest(resolve(handlerDir, MODEL_DIR));
  const spec: FanOutSpec = JSON.parse(readFileSync(join(handlerDir, FAN_OUT_FILE), 'utf8'));
  const payloads = new PayloadStore(env.payloadBucket, env.clientOptions);
  return { ...createEndingService(env, write), manifest, model: identityOf(manifest), spec, payloads };
}
