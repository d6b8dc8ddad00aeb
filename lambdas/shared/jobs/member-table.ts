import type { ErrorBody, JobState, MemberSettings } from '../contract';
import { type Job, ownerState } from './job';
import { type Claim, type Ending, isRefused, type JobKey, SINK_RETRY_MS, type WorkTable } from './job-table';
import { memberView } from './members';
import type { RowChange, RowTerms } from './row-update';
import { Refused, type Rows } from './rows';

const OPEN = ['ACCEPTING', 'PENDING', 'RUNNING'] as const satisfies JobState[];

/**
 * What one of the models of a job may change: its own part of the one row, while the whole has neither ended nor expired.
 * So a late result changes nothing that anybody was told. The other models' parts are left alone.
 */
export class MemberTable implements WorkTable {
  readonly #part: string;

  constructor(
    private readonly rows: Rows,
    private readonly member: MemberSettings,
    readonly now: () => number = Date.now,
  ) {
    this.#part = `members.${member.name}`;
  }

  async get(id: string): Promise<Job | undefined> {
    const row = await this.rows.get(id);
    return row && memberView(row, this.member);
  }

  claim(key: JobKey, { claim, leaseUntil, maxAttempts, visibilityMs, worker }: Claim): Promise<Job | Refused> {
    const now = this.now();
    return this.#update(key, {
      set: {
        state: 'RUNNING',
        ownerState: ownerState(key.owner, 'RUNNING'),
        dueAt: Math.min(leaseUntil + visibilityMs, key.expiresAt ?? Number.POSITIVE_INFINITY),
        ...this.#own({ state: 'RUNNING', claim, worker, leaseUntil, startedAt: now, error: undefined }),
      },
      add: { [`${this.#part}.attempts`]: 1 },
      when: (row) => `${row.before(`${this.#part}.attempts`, maxAttempts)} AND ${this.#isFree(row, now)}`,
    });
  }

  release(job: Job, error: ErrorBody): Promise<Job | Refused> {
    return this.#update(job, { set: this.#own({ state: 'PENDING', ...NO_CLAIM, error }), when: this.#heldBy(job) });
  }

  putBack(job: Job): Promise<Job | Refused> {
    return this.#update(job, {
      set: this.#own({ state: 'PENDING', ...NO_CLAIM }),
      add: { [`${this.#part}.attempts`]: -1 },
      when: this.#heldBy(job),
    });
  }

  succeed(job: Job, { asked, model, output }: Ending): Promise<Job | Refused> {
    return this.#settle(job, { state: 'SUCCEEDED', model, output }, this.#heldBy(job), { asked });
  }

  fail(job: Job, error: ErrorBody): Promise<Job | Refused> {
    return this.#settle(job, { state: 'FAILED', error }, this.#heldBy(job));
  }

  exhaust(key: JobKey, error: ErrorBody): Promise<Job | Refused> {
    return this.#settle(key, { state: 'FAILED', error }, (row) => this.#isFree(row, this.now()));
  }

  /** Its message came back while the others were still at work: it has not settled any more. */
  revive(job: Job): Promise<Job | Refused> {
    return this.#update(job, {
      set: this.#own({
        state: 'PENDING',
        ...NO_CLAIM,
        attempts: 0,
        startedAt: undefined,
        endedAt: undefined,
        error: undefined,
      }),
      add: { settlements: 1 },
      when: (row) =>
        `${row.is(`${this.#part}.state`, 'FAILED')} AND ${row.is(`${this.#part}.error.code`, 'ATTEMPTS_EXHAUSTED')}`,
    });
  }

  /** To say that the whole has expired is the sweeper's. */
  async timeOut({ id }: Job): Promise<Refused> {
    return new Refused(await this.get(id));
  }

  /** Who gathers was sent a message; should it be lost, the sweeper sends another one. */
  async told(job: Job): Promise<Job> {
    return job;
  }

  /** Who gathers was sent none: the sweeper looks soon, and not only when the whole expires. */
  tellLater(job: Job): Promise<Job | Refused> {
    const dueAt = Math.min(this.now() + SINK_RETRY_MS, job.expiresAt);
    return this.#update(job, { set: { dueAt }, when: (row) => row.is('generation', job.generation) });
  }

  #settle(key: JobKey, ended: object, when: RowChange['when'], ofWhole: object = {}): Promise<Job | Refused> {
    return this.#update(key, {
      set: { ...this.#own({ ...NO_CLAIM, endedAt: this.now(), ...ended }), ...ofWhole },
      add: { settlements: 1 },
      when,
    });
  }

  async #update({ generation, id }: JobKey, { add, set, when }: RowChange): Promise<Job | Refused> {
    const isOpen = (row: RowTerms) =>
      `${row.is('generation', generation)} AND ${row.oneOf('state', OPEN)} AND ${row.after('expiresAt', this.now())}`;
    const row = await this.rows.update(id, { set, add, when: (terms) => `${isOpen(terms)} AND ${when(terms)}` });
    if (!isRefused(row)) return memberView(row, this.member);
    return new Refused(row.row && memberView(row.row, this.member));
  }

  #own(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const entries = Object.entries(attributes).map(([name, value]) => [`${this.#part}.${name}`, value] as const);
    return Object.fromEntries(entries);
  }

  /** Nobody runs it. */
  #isFree(row: RowTerms, now: number): string {
    const { state, leaseUntil } = { state: `${this.#part}.state`, leaseUntil: `${this.#part}.leaseUntil` };
    return `(${row.is(state, 'PENDING')} OR (${row.is(state, 'RUNNING')} AND ${row.before(leaseUntil, now)}))`;
  }

  #heldBy({ claim }: Job): RowChange['when'] {
    return (row) => `${row.is(`${this.#part}.state`, 'RUNNING')} AND ${row.is(`${this.#part}.claim`, claim)}`;
  }
}

const NO_CLAIM = { claim: undefined, leaseUntil: undefined };
