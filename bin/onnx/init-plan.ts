import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { run } from '../local/child';
import { LocalRunError, UsageError } from '../local/errors';
import { findConfig } from '../local/workspace';
import { type ServingEntry, ServingText } from './serving-entry';

export interface InitOptions {
  readonly name?: string;
  readonly version?: string;
  readonly out?: string;
  /** @default what the entry has, or web-single */
  readonly pattern?: string;
  readonly config?: string;
  readonly owner?: string;
  /** File with the JSON of a request: the inputs of the golden cases. */
  readonly input?: string;
  /** Where in S3 the functions load the model from, when it does not ship with them. */
  readonly bucket?: string;
  readonly key?: string;
  readonly force?: boolean;
}

/** What a new service is called and where it goes. */
export interface InitPlan {
  readonly name: string;
  readonly owner: string;
  readonly folder: string;
  readonly configFile: string;
  readonly serving: ServingText;
  readonly entry: ServingEntry;
}

/**
 * Decides all that can be decided before the model is looked at.
 *
 * @throws UsageError or LocalRunError when something stands in the way
 */
export async function planInit(
  source: string,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  options: InitOptions,
): Promise<InitPlan> {
  const { bucket, key } = options;
  if ((bucket === undefined) !== (key === undefined)) throw new UsageError('--bucket and --key go together.');
  for (const file of [source, ...(options.input === undefined ? [] : [resolve(cwd, options.input)])]) {
    if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  }
  const name = options.name ?? nameOf(source);
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new UsageError(`A service cannot be called ${JSON.stringify(name)}.`, {
      hint: 'Its name has lower-case letters, digits and "-", at most 40, and begins with a letter: --name NAME',
    });
  }
  const configFile = options.config === undefined ? nearestConfig(cwd) : resolve(cwd, options.config);
  const folder = options.out === undefined ? join(dirname(configFile), 'models', name) : resolve(cwd, options.out);
  const text = existsSync(configFile) ? await readFile(configFile, 'utf8') : undefined;
  const serving = new ServingText(configFile, text);
  if (!options.force) requireFree(name, folder, configFile, serving);
  if (existsSync(folder) && !(await stat(folder)).isDirectory()) throw new UsageError(`${folder} is not a folder.`);
  const model = relative(dirname(configFile), folder).split(sep).join('/') || '.';
  const entry = {
    pattern: options.pattern ?? (serving.entry(name)?.pattern as string | undefined) ?? 'web-single',
    model: bucket === undefined || key === undefined ? model : { card: model, bucket, key },
  };
  return { name, owner: await ownerOf(options, cwd, env), folder, configFile, serving, entry };
}

function requireFree(name: string, folder: string, configFile: string, serving: ServingText): void {
  const taken = [
    ...(existsSync(folder) ? [`The folder ${folder} is there already.`] : []),
    ...(serving.entry(name) ? [`${configFile} has a service ${name} already.`] : []),
  ];
  if (taken.length === 0) return;
  throw new LocalRunError(taken.join('\n'), {
    hint: 'Give the new one another name (--name NAME), or write over model and golden cases: --force. The runbook stays, and the card where it fits the model.',
  });
}

/** The nearest serving.yaml, or the one that will be made here. */
function nearestConfig(cwd: string): string {
  try {
    return findConfig(cwd);
  } catch (error) {
    if (error instanceof UsageError) return join(cwd, 'serving.yaml');
    throw error;
  }
}

/** From the file's name, or that of its folder where the file is called as all models are. */
function nameOf(source: string): string {
  const own = basename(source, extname(source));
  const name = /^(model|onnx)$/i.test(own) ? basename(dirname(source)) : own;
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}

/** A model whose owner nobody knows is not served, so that no placeholder stands for one. */
async function ownerOf({ owner }: InitOptions, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (owner !== undefined && owner.trim() !== '') return owner.trim();
  const asked = await run('git', ['config', 'user.email'], { cwd, env }).catch(() => undefined);
  const email = asked?.code === 0 ? asked.stdout.trim() : '';
  if (email !== '') return email;
  throw new UsageError('Nobody is named who answers for the model.', {
    hint: 'Name a person or a team: --owner team@example.org',
  });
}
