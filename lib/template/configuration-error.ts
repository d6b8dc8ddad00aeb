/** Place in a configuration: keys and indexes from the top. */
export type KeyPath = readonly (string | number)[];

/** What is wrong with a configuration, all of it: one line a problem, each with its file and line. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigurationError';
  }
}

/** `services.iris.securityGroups[0]` */
export function dotted(keys: KeyPath): string {
  return keys.map((key, index) => (typeof key === 'number' ? `[${key}]` : index ? `.${key}` : key)).join('');
}
