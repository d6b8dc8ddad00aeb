import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import {
  GOLDEN_FILE,
  type Golden,
  type ImageSpec,
  type OutputSpec,
  type WireTensor,
} from '../../lambdas/shared/contract';
import { settingsOf } from '../../lib/template';
import { type DemoRecord, dataOf } from './demo-data';
import { type HookExample, hookExample } from './demo-hook';
import { LocalRunError } from './errors';
import { HINTS } from './hints';

/** One known prediction of a model: what is asked, and what must come back. */
export interface DemoCase {
  /** Folder of the model. */
  readonly folder: string;
  readonly inputs: readonly WireTensor[];
  readonly outputs: readonly WireTensor[];
  readonly tolerance: number;
  /** The outputs as the model's card describes them, for their class names. */
  readonly outputSpecs: readonly OutputSpec[];
  readonly image?: ImageSpec;
  /** Of a service with hooks: what is asked instead. */
  readonly hook?: HookExample;
  /** Of a service that fetches data by id: what must be in its store before. */
  readonly records?: readonly DemoRecord[];
  /** Whether a request too many gets an answer that is worth showing. */
  readonly spikes: boolean;
}

/** The first golden case of the model of a service, and the example of its hooks. */
export async function demoCase(configFile: string, environment: string, service: string): Promise<DemoCase> {
  const config = parse(await readFile(configFile, 'utf8'));
  const settings = settingsOf(config, environment, service);
  const folder = cardFolder(settings.get('model')?.value);
  if (folder === undefined) {
    throw new LocalRunError(`${configFile} has no services.${service}.model.`, {
      hint: `It was deployed from another version of the file? ${HINTS.up}`,
    });
  }
  const dir = resolve(dirname(configFile), folder);
  const card = parse(await readFile(join(dir, 'model.yaml'), 'utf8'));
  const golden: Golden = JSON.parse(await readFile(join(dir, GOLDEN_FILE), 'utf8'));
  const first = golden.cases[0];
  if (!first) {
    throw new LocalRunError(`${join(dir, GOLDEN_FILE)} has no case.`);
  }
  const byId = config.services[service]?.pattern === 'data-cache' ? dataOf(first.inputs, card.inputs ?? []) : undefined;
  return {
    folder: dir,
    inputs: byId?.inputs ?? first.inputs,
    records: byId?.records,
    spikes: settings.has('throttledResponse'),
    outputs: first.outputs,
    tolerance: golden.tolerance,
    outputSpecs: card.outputs ?? [],
    image: card.image,
    hook: await hookExample(resolve(dirname(configFile), `${settings.get('preprocess')?.value}`)),
  };
}

/** A model is the path of its folder, or a map whose `card` is: then its bytes are in S3. */
function cardFolder(model: unknown): string | undefined {
  const folder = typeof model === 'object' && model !== null && 'card' in model ? model.card : model;
  return typeof folder === 'string' ? folder : undefined;
}
