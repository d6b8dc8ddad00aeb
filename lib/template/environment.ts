import type { CheckedFile } from './check';
import { ConfigurationError } from './configuration-error';
import type { EnvironmentEntry } from './serving-file';
import { closest, didYouMean } from './suggestion';

/** A place the services are deployed to. */
export interface ServingEnvironment {
  readonly name: string;
  /** Whether it is an emulator on this machine. */
  readonly local: boolean;
  readonly account?: string;
  readonly region?: string;
}

/**
 * The environment that is asked for. When none is: `production`, or else the only one that is not local.
 *
 * @throws ConfigurationError when it is not declared, or when it is not clear which one is meant
 */
export function chooseEnvironment({ file, template }: CheckedFile, asked?: string): ServingEnvironment {
  const names = Object.keys(template.environments);
  const remote = names.filter((name) => !template.environments[name]?.local);
  const name = asked ?? (remote.includes('production') ? 'production' : remote.length === 1 ? remote[0] : undefined);
  const declared = `Declared: ${names.join(', ')}.`;
  if (name === undefined) {
    throw new ConfigurationError([
      file.at(['environments'], `which environment? Say -c environment=<name>. ${declared}`),
    ]);
  }
  if (!names.includes(name)) {
    const meant = didYouMean(closest(name, names));
    throw new ConfigurationError([file.at(['environments'], `there is no environment ${name}${meant} ${declared}`)]);
  }
  const { local = false, account, region }: EnvironmentEntry = template.environments[name] ?? {};
  return { name, local, account, region };
}
