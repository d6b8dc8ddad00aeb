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
import { type Setting, settingsOf } from '../../lib/template';
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
  const base = dirname(configFile);
  const transform = settings.get('retrieve')?.value ?? settings.get('transform')?.value;
  const models = modelFolders(settings);
  const [first, last] = [models[0], models.at(-1)];
  if (first === undefined || last === undefined) {
    throw new LocalRunError(`${configFile} has no services.${service}.model.`, {
      hint: `It was deployed from another version of the file? ${HINTS.up}`,
    });
  }
  const asked = await goldenCase(resolve(base, first));
  const answered = first === last ? asked : await goldenCase(resolve(base, last));
  // What several models say together is a class; the scores are those of none of them.
  const outputs = answered.outputs.filter(({ datatype }) => models.length === 1 || !datatype.startsWith('FP'));
  const byId = config.services[service]?.pattern === 'data-cache' ? dataOf(asked.inputs, asked.inputSpecs) : undefined;
  const transformed = typeof transform === 'string' ? await transformExample(resolve(base, transform)) : undefined;
  return {
    ...answered,
    outputs,
    inputs: transformed ?? byId?.inputs ?? asked.inputs,
    records: byId?.records,
    spikes: settings.has('throttledResponse'),
    image: typeof transform === 'string' ? undefined : asked.image,
    hook: await hookExample(resolve(base, `${settings.get('preprocess')?.value}`)),
  };
}

/** The first golden case of a model. */
async function goldenCase(dir: string) {
  const card = parse(await readFile(join(dir, 'model.yaml'), 'utf8'));
  const golden: Golden = JSON.parse(await readFile(join(dir, GOLDEN_FILE), 'utf8'));
  const [first] = golden.cases;
  if (!first) throw new LocalRunError(`${join(dir, GOLDEN_FILE)} has no case.`);
  const { inputs, outputs } = first;
  return {
    folder: dir,
    inputs,
    inputSpecs: card.inputs ?? [],
    outputs,
    tolerance: golden.tolerance,
    outputSpecs: card.outputs ?? [],
    image: card.image,
  };
}

/** What clients send where something of the user's comes before the model: `example.json` beside it. */
async function transformExample(folder: string): Promise<readonly WireTensor[]> {
  return JSON.parse(await readFile(join(folder, 'example.json'), 'utf8')).inputs;
}

/** The folders of the models of an entry, in the order in which they are asked. */
function modelFolders(settings: ReadonlyMap<string, Setting>): string[] {
  const members = [settings.get('stages')?.value, settings.get('models')?.value].flat();
  return [settings.get('model')?.value, ...members.map((member) => member && Reflect.get(member, 'model'))].flatMap(
    (model) => cardFolder(model) ?? [],
  );
}

/** A model is the path of its folder, or a map whose `card` is: then its bytes are in S3. */
function cardFolder(model: unknown): string | undefined {
  const folder = typeof model === 'object' && model !== null && 'card' in model ? model.card : model;
  return typeof folder === 'string' ? folder : undefined;
}
