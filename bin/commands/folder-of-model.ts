import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { UsageError } from '../local/errors';
import { findConfig } from '../local/workspace';

export interface NamedModelOptions {
  readonly config?: string;
}

/** A folder as it is named, or that of a service of the configuration. */
export async function folderOfModel(model: string, cwd: string, options: NamedModelOptions): Promise<string> {
  const folder = resolve(cwd, model);
  if (existsSync(join(folder, 'model.yaml'))) return folder;
  const configFile = findConfig(cwd, options.config);
  const services: unknown = parse(await readFile(configFile, 'utf8'))?.services;
  const entry = Object.hasOwn(Object(services), model) ? (services as Record<string, unknown>)[model] : undefined;
  const named = Object(entry).model;
  const written = typeof named === 'string' ? named : Object(named).card;
  if (typeof written === 'string') return resolve(dirname(configFile), written);
  throw new UsageError(`${model} is neither a folder with a model.yaml nor a service of ${configFile}.`, {
    hint: `Services: ${Object.keys(Object(services)).join(', ')}`,
  });
}
