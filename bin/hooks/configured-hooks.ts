import { dirname, resolve } from 'node:path';
import { HOOKS } from '../../lambdas/shared/contract';
import { ConfigurationError } from '../../lib/template/configuration-error';
import { ServingFile } from '../../lib/template/serving-file';
import { LocalRunError } from '../local/errors';

/** Props that name one. */
const HOOK_PROPS = [...HOOKS, 'prepareData'];

/** The modules that a configuration names as hooks, in any service, environment or default. */
export function configuredHooks(configFile: string): string[] {
  const { defaults, environments, services } = mapOf(contentOf(configFile));
  const places = [
    defaults,
    ...Object.values(mapOf(services)),
    ...Object.values(mapOf(environments)).flatMap((environment) => {
      const { defaults: own, services: overrides } = mapOf(environment);
      return [own, ...Object.values(mapOf(overrides))];
    }),
  ];
  const named = places.flatMap((place) => HOOK_PROPS.map((hook) => mapOf(place)[hook]));
  const folder = dirname(configFile);
  return [...new Set(named.filter((name) => typeof name === 'string').map((name) => resolve(folder, name)))];
}

function contentOf(configFile: string): unknown {
  try {
    return ServingFile.read(configFile).content;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new LocalRunError(`${configFile} cannot be read.`, { detail: error.message });
  }
}

/** What is written as a map; the synthesis says what is wrong with anything else. */
function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
