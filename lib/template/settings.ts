import type { KeyPath } from './configuration-error';
import { servingSchema } from './schema';
import type { Properties, ServingTemplate } from './serving-file';

/** A property of a service, and where in the file it comes from. */
export interface Setting {
  readonly value: unknown;
  readonly at: KeyPath;
}

/**
 * What holds for a service in an environment. What is said more closely goes before:
 *
 *   the construct's default < defaults < environments.<e>.defaults < services.<s> < environments.<e>.services.<s>
 *
 * A value replaces the whole value, also a map. Defaults that the pattern does not know are for other services.
 */
export function settingsOf(
  { defaults, environments, services }: ServingTemplate,
  environment: string,
  service: string,
): Map<string, Setting> {
  const inEnvironment = environments[environment];
  const { pattern = '', ...entry } = services[service] ?? {};
  const layers: readonly { readonly at: KeyPath; readonly values?: Properties }[] = [
    { at: ['defaults'], values: defaults },
    { at: ['environments', environment, 'defaults'], values: inEnvironment?.defaults },
    { at: ['services', service], values: entry },
    { at: ['environments', environment, 'services', service], values: inEnvironment?.services?.[service] },
  ];
  const { pattern: _, ...known } = servingSchema().$defs[pattern]?.properties ?? {};
  const settings = new Map<string, Setting>();
  for (const { at, values } of layers) {
    for (const [key, value] of Object.entries(values ?? {})) {
      if (key in known) settings.set(key, { value, at: [...at, key] });
    }
  }
  return settings;
}
