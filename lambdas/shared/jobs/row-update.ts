/** What an update of a row changes. An attribute that is undefined in `set` is removed. */
export interface RowChange {
  readonly set: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  /** What must hold; written with the row's attributes by name. */
  readonly when: (row: RowTerms) => string;
}

/** The words of a condition. Nothing is `undefined` but what is not there. */
export interface RowTerms {
  is(attribute: string, value: unknown): string;
  oneOf(attribute: string, values: readonly unknown[]): string;
  before(attribute: string, value: number): string;
  after(attribute: string, value: number): string;
  absent(attribute: string): string;
}

export interface Expressions {
  readonly update: string;
  readonly condition: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** An update with its condition in DynamoDB's words. Every name is a placeholder, because many are reserved. */
export function expressionsOf({ set: changes, add = {}, when }: RowChange): Expressions {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (path: string) =>
    path
      .split('.')
      .map((attribute) => {
        // A placeholder is letters, digits and underscores; a name within a row may have others.
        const known = Object.keys(names).find((placeholder) => names[placeholder] === attribute);
        const placeholder = known ?? `#n${Object.keys(names).length}`;
        names[placeholder] = attribute;
        return placeholder;
      })
      .join('.');
  const value = (content: unknown) => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = content;
    return placeholder;
  };
  const entries = Object.entries(changes);
  const assigned = entries.filter(([, content]) => content !== undefined);
  const removed = entries.filter(([, content]) => content === undefined);
  const added = Object.entries(add);
  // DynamoDB adds to attributes of the row itself only.
  const within = added.filter(([key]) => key.includes('.'));
  const ofRow = added.filter(([key]) => !key.includes('.'));
  const set = [
    ...assigned.map(([key, content]) => `${name(key)} = ${value(content)}`),
    ...within.map(([key, by]) => `${name(key)} = ${name(key)} + ${value(by)}`),
  ];
  const update = [
    set.length && `SET ${set.join(', ')}`,
    removed.length && `REMOVE ${removed.map(([key]) => name(key)).join(', ')}`,
    ofRow.length && `ADD ${ofRow.map(([key, by]) => `${name(key)} ${value(by)}`).join(', ')}`,
  ];
  const absent = (attribute: string) => `attribute_not_exists(${name(attribute)})`;
  const condition = when({
    is: (attribute, content) => (content === undefined ? absent(attribute) : `${name(attribute)} = ${value(content)}`),
    oneOf: (attribute, contents) => `${name(attribute)} IN (${contents.map(value).join(', ')})`,
    before: (attribute, limit) => `${name(attribute)} < ${value(limit)}`,
    after: (attribute, limit) => `${name(attribute)} > ${value(limit)}`,
    absent,
  });
  return { update: update.filter(Boolean).join(' '), condition, names, values };
}
