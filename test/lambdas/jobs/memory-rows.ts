import { runInNewContext } from 'node:vm';
import type { Job } from '../../../lambdas/shared/jobs/job';
import type { RowChange, RowTerms } from '../../../lambdas/shared/jobs/row-update';
import { Refused, type Rows } from '../../../lambdas/shared/jobs/rows';

type Attributes = Record<string, unknown>;

/**
 * Rows without a table, for what is about who does what. That DynamoDB has the same conditions is shown in
 * test/e2e/job-table.e2e.test.ts and test/e2e/fan-out-table.e2e.test.ts.
 */
export class MemoryRows implements Pick<Rows, 'get' | 'put' | 'update'> {
  readonly #rows = new Map<string, Job>();

  /** As the tables take it. */
  get rows(): Rows {
    return this as unknown as Rows;
  }

  async get(id: string): Promise<Job | undefined> {
    return copy(this.#rows.get(id));
  }

  async put(job: Job, when: RowChange['when']): Promise<Job | Refused> {
    const there = this.#rows.get(job.id);
    if (!holds(there, when)) return new Refused(copy(there));
    this.#rows.set(job.id, copy(job));
    return job;
  }

  async update(id: string, { add = {}, set, when }: RowChange): Promise<Job | Refused> {
    const there = this.#rows.get(id);
    if (!there || !holds(there, when)) return new Refused(copy(there));
    const row = copy(there);
    for (const [path, value] of Object.entries(set)) write(row, path, value);
    for (const [path, by] of Object.entries(add)) write(row, path, ((read(row, path) as number) ?? 0) + by);
    this.#rows.set(id, row);
    return copy(row);
  }
}

/** As DynamoDB keeps it: no part of a row is the same object as another one. */
function copy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value) as Value;
  if (Array.isArray(value)) return value.map(copy) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copy(part)])) as Value;
}

/** Each term is true or false by now, so the condition is one of JavaScript but for its words. */
function holds(row: Job | undefined, when: RowChange['when']): boolean {
  const said = (is: boolean) => `${is}`;
  const of = (path: string) => read(row, path);
  const terms: RowTerms = {
    is: (path, value) => said(of(path) === value),
    oneOf: (path, values) => said(values.includes(of(path))),
    before: (path, limit) => said(of(path) !== undefined && (of(path) as number) < limit),
    after: (path, limit) => said(of(path) !== undefined && (of(path) as number) > limit),
    absent: (path) => said(of(path) === undefined),
  };
  return runInNewContext(when(terms).replaceAll(' AND ', ' && ').replaceAll(' OR ', ' || '));
}

function read(row: Job | undefined, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Attributes | undefined)?.[name], row);
}

function write(row: Job, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() as string;
  const holder = names.reduce<Attributes>((each, name) => each[name] as Attributes, row as unknown as Attributes);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}
