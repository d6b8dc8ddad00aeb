const NAME = /^[a-z][\w-]{0,39}$/i;

/** What names mean in a mapping, and a step cannot be called. */
export const REQUEST = 'request';

export function requireStepName(name: string): string {
  if (NAME.test(name) && name !== REQUEST) return name;
  throw new Error(
    `name must begin with a letter and have letters, digits, "-" and "_", at most 40, and not be "${REQUEST}"; got ${JSON.stringify(name)}`,
  );
}
