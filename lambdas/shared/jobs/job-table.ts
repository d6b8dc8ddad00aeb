import { DUE_SHARDS, type ErrorBody, JOB_TABLE, type JobState, type ModelIdentity } from '../contract';
import type { Asked } from './asked';
import { dueShard, type FirstStage, type Job, type JobOutput, ownerState } from './job';
import { newMembers } from './members';
import type { RowChange } from './row-update';
import { Refused, type Rows } from './rows';

const WAITING = ['ACCEPTING', 'PENDING'] as const satisfies JobState[];

/** Time in which a front puts the message of a job into the queue; then the sweeper does. */
export const ACCEPT_LEASE_MS = 30_000;
/** Time after which the sweeper tells a sink that was not told. */
export const SINK_RETRY_MS = 60_000;

/** What a claim needs. */
export interface Claim {
  readonly claim: string;
  readonly worker: string;
  readonly leaseUntil: number;
  readonly maxAttempts: number;
  readonly visibilityMs: number;
}

/** What a message says of its job. */
export type JobKey = Pick<Job, 'id' | 'owner' | 'generation'> & Partial<Pick<Job, 'expiresAt'>>;

/** How a job ended. */
export interface Ending {
  readonly output?: JobOutput;
  readonly model?: ModelIdentity;
  readonly error?: ErrorBody;
  /** Of one of several models: what the client asked for. */
  readonly asked?: Asked;
}

export interface TableSettings {
  /** How long a job that has ended is kept. */
  readonly retentionMs: number;
  /** Whether somebody waits for the end of every job. */
  readonly hasSinks: boolean;
}

/** What who runs jobs, and who ends them, changes of a row. */
export type WorkTable = Pick<
  JobTable,
  | ('get' | 'claim' | 'release' | 'putBack' | 'succeed' | 'fail' | 'exhaust' | 'revive' | 'timeOut')
  | ('told' | 'tellLater' | 'now')
>;

/**
 * The states of jobs and who may move them, as `docs/decisions/0005-jobs.md` has it: each change is one conditional
 * update of the row. What is refused is answered with the row as it is.
 */
export class JobTable {
  constructor(
    private readonly rows: Rows,
    private readonly settings: TableSettings,
    readonly now: () => number = Date.now,
  ) {}

  /** The job, where it is within its retention or at least still there. */
  get(id: string): Promise<Job | undefined> {
    return this.rows.get(id);
  }

  /** A new job; refused while there is one of this id within its retention. */
  accept(job: Job): Promise<Job | Refused> {
    const seconds = Math.floor(this.now() / 1000);
    return this.rows.put(job, (row) => `${row.absent('id')} OR ${row.before('ttl', seconds + 1)}`);
  }

  /** Takes back a job whose message could not be sent, and that nobody was told of. */
  withdraw({ id, generation }: Job): Promise<Refused | undefined> {
    return this.rows.delete(id, (row) => `${row.is('state', 'ACCEPTING')} AND ${row.is('generation', generation)}`);
  }

  /** Its message is in the queue. */
  enqueued({ expiresAt, generation, id, owner }: Job): Promise<Job | Refused> {
    return this.rows.update(id, {
      set: { ...inState(owner, 'PENDING'), dueAt: expiresAt },
      when: (row) => `${row.is('state', 'ACCEPTING')} AND ${row.is('generation', generation)}`,
    });
  }

  /** A worker is about to run it: one attempt more, and a lease that nobody else takes while it lasts. */
  claim({ generation, id, owner }: JobKey, { claim, leaseUntil, maxAttempts, visibilityMs, worker }: Claim) {
    const now = this.now();
    return this.rows.update(id, {
      set: {
        ...inState(owner, 'RUNNING'),
        claim,
        worker,
        leaseUntil,
        startedAt: now,
        dueAt: leaseUntil + visibilityMs,
        error: undefined,
      },
      add: { attempts: 1 },
      when: (row) =>
        `${row.is('generation', generation)} AND ${row.before('attempts', maxAttempts)} AND ${row.after('expiresAt', now)} ` +
        `AND (${row.oneOf('state', WAITING)} OR (${row.is('state', 'RUNNING')} AND ${row.before('leaseUntil', now)}))`,
    });
  }

  /** This try failed and another one is left. */
  release(job: Job, error: ErrorBody): Promise<Job | Refused> {
    return this.rows.update(job.id, {
      set: { ...inState(job.owner, 'PENDING'), ...NO_CLAIM, error, dueAt: job.expiresAt },
      when: heldBy(job),
    });
  }

  /** Its worker had no time for it: the try does not count. */
  putBack(job: Job): Promise<Job | Refused> {
    return this.rows.update(job.id, {
      set: { ...inState(job.owner, 'PENDING'), ...NO_CLAIM, dueAt: job.expiresAt },
      add: { attempts: -1 },
      when: heldBy(job),
    });
  }

  /** Its result is there. */
  succeed(job: Job, ending: Ending): Promise<Job | Refused> {
    return this.rows.update(job.id, {
      set: this.#ended(job.owner, 'SUCCEEDED', ending),
      when: heldBy(job),
    });
  }

  /** Nothing will come of it, says the worker that ran it. */
  fail(job: Job, error: ErrorBody): Promise<Job | Refused> {
    return this.rows.update(job.id, {
      set: this.#ended(job.owner, 'FAILED', { error }),
      when: heldBy(job),
    });
  }

  /** No try is left, says somebody who does not run it. */
  exhaust({ generation, id, owner }: JobKey, error: ErrorBody): Promise<Job | Refused> {
    const now = this.now();
    return this.rows.update(id, {
      set: this.#ended(owner, 'FAILED', { error }),
      when: (row) =>
        `${row.is('generation', generation)} ` +
        `AND (${row.oneOf('state', WAITING)} OR (${row.is('state', 'RUNNING')} AND ${row.before('leaseUntil', now)}))`,
    });
  }

  /** Its message came back from the dead-letter queue: as if it had just been accepted. */
  revive({ generation, id, owner }: Job, jobTimeoutMs: number): Promise<Job | Refused> {
    const expiresAt = this.now() + jobTimeoutMs;
    return this.rows.update(id, {
      set: {
        ...inState(owner, 'PENDING'),
        ...NO_END,
        attempts: 0,
        expiresAt,
        dueAt: expiresAt,
        dueShard: dueShard(id),
        ttl: this.#ttl(expiresAt),
      },
      when: (row) =>
        `${row.is('state', 'FAILED')} AND ${row.is('generation', generation)} ` +
        `AND ${row.is('error.code', 'ATTEMPTS_EXHAUSTED')}`,
    });
  }

  cancel({ id, owner }: Job): Promise<Job | Refused> {
    return this.rows.update(id, {
      set: this.#ended(owner, 'CANCELLED', {}),
      when: (row) => `${row.oneOf('state', WAITING)} AND ${row.is('owner', owner)}`,
    });
  }

  /**
   * A client wants another life for a job that has ended without a result.
   *
   * @param members the models that answer it together by now, where there are several
   */
  retry({ generation, id, owner }: Job, jobTimeoutMs: number, members?: readonly string[]): Promise<Job | Refused> {
    const now = this.now();
    const expiresAt = now + jobTimeoutMs;
    return this.rows.update(id, {
      set: {
        ...inState(owner, 'ACCEPTING'),
        ...NO_END,
        attempts: 0,
        generation: generation + 1,
        ...(members && newMembers(members)),
        expiresAt,
        dueAt: now + ACCEPT_LEASE_MS,
        dueShard: dueShard(id),
        ttl: this.#ttl(expiresAt),
      },
      when: (row) =>
        `${row.is('generation', generation)} AND ${row.is('owner', owner)} ` +
        `AND ${row.oneOf('state', ['FAILED', 'CANCELLED', 'TIMED_OUT'])}`,
    });
  }

  /** Nobody can end it any more. */
  timeOut({ generation, id, owner }: Job): Promise<Job | Refused> {
    const now = this.now();
    return this.rows.update(id, {
      set: this.#ended(owner, 'TIMED_OUT', { error: TIMED_OUT }),
      when: (row) =>
        `${row.is('generation', generation)} AND ${row.before('expiresAt', now)} ` +
        `AND (${row.oneOf('state', WAITING)} OR (${row.is('state', 'RUNNING')} ` +
        // A job that several models answer has no lease of its own.
        `AND (${row.before('leaseUntil', now)} OR ${row.absent('leaseUntil')})))`,
    });
  }

  /**
   * What several models gave, as one. Refused where one of them settled, or got another chance, since the job was read,
   * and when it has ended or expired: so it ends once, and what it ended with stays.
   */
  complete(job: Job, state: 'SUCCEEDED' | 'FAILED', ending: Ending): Promise<Job | Refused> {
    const { generation, id, members = {}, owner, settlements } = job;
    const attempts = Object.values(members).reduce((sum, member) => sum + member.attempts, 0);
    return this.rows.update(id, {
      set: { ...this.#ended(owner, state, ending), attempts },
      when: (row) =>
        `${row.is('generation', generation)} AND ${row.is('settlements', settlements)} ` +
        `AND ${row.oneOf('state', [...WAITING, 'RUNNING'])} AND ${row.after('expiresAt', this.now())}`,
    });
  }

  /** One of several models did not answer in its lease, and its message was sent again: it waits for the next worker. */
  releaseMember({ generation, id, members = {} }: Job, name: string): Promise<Job | Refused> {
    const part = `members.${name}`;
    return this.rows.update(id, {
      set: { [`${part}.state`]: 'PENDING', [`${part}.claim`]: undefined, [`${part}.leaseUntil`]: undefined },
      when: (row) =>
        `${row.is('generation', generation)} AND ${row.oneOf('state', [...WAITING, 'RUNNING'])} ` +
        `AND ${row.is(`${part}.state`, 'RUNNING')} AND ${row.is(`${part}.claim`, members[name]?.claim)} ` +
        `AND ${row.before(`${part}.leaseUntil`, this.now())}`,
    });
  }

  /** Nothing is to be done for it until then, as far as is known. */
  lookAgain({ dueAt, generation, id }: Job, at: number): Promise<Job | Refused> {
    return this.rows.update(id, {
      set: { dueAt: at },
      when: (row) => `${row.is('generation', generation)} AND ${row.is('dueAt', dueAt)}`,
    });
  }

  /** The lease ended without an answer, or the message was never sent: `until` the sweeper alone sends it. */
  takeOver({ dueAt, generation, id, owner }: Job, until: number): Promise<Job | Refused> {
    return this.rows.update(id, {
      set: { ...inState(owner, 'ACCEPTING'), ...NO_CLAIM, dueAt: until },
      when: (row) =>
        `${row.is('generation', generation)} AND ${row.is('dueAt', dueAt)} AND ${row.oneOf('state', ['ACCEPTING', 'RUNNING'])}`,
    });
  }

  /** The sinks know its end. */
  told({ id }: Job): Promise<Job | Refused> {
    return this.rows.update(id, {
      set: { sinkPending: undefined, dueAt: undefined, dueShard: undefined },
      when: (row) => row.is('sinkPending', true),
    });
  }

  /** The sinks do not know its end; later again. */
  tellLater({ id }: Job): Promise<Job | Refused> {
    return this.rows.update(id, {
      set: { dueAt: this.now() + SINK_RETRY_MS },
      when: (row) => row.is('sinkPending', true),
    });
  }

  /** What the first stage answered; the row then tells whether the second one has answered too. */
  addFirstStage(id: string, firstStage: FirstStage): Promise<Job | Refused> {
    return this.rows.update(id, { set: { firstStage }, when: (row) => row.is('id', id) });
  }

  /** Jobs of a caller in one state, newest first. */
  list(owner: string, state: JobState, before: number, limit: number): Promise<Partial<Job>[]> {
    return this.rows.page({
      index: JOB_TABLE.byOwner,
      value: ownerState(owner, state),
      before,
      newestFirst: true,
      limit,
    });
  }

  /** Ids of jobs that somebody must look at, the longest overdue first. */
  async due(limit: number): Promise<string[]> {
    const now = this.now();
    const pages = await Promise.all(
      DUE_SHARDS.map((value) => this.rows.page({ index: JOB_TABLE.byDue, value, before: now, limit })),
    );
    const due = pages.flat().sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
    return due.map(({ id }) => id as string);
  }

  #ended(owner: string, state: JobState, { error, model, output }: Ending) {
    const now = this.now();
    const told = { sinkPending: undefined, dueAt: undefined, dueShard: undefined };
    return {
      ...inState(owner, state),
      ...NO_CLAIM,
      endedAt: now,
      ttl: this.#ttl(now),
      output,
      model,
      error,
      ...(this.settings.hasSinks && state !== 'CANCELLED' ? { sinkPending: true, dueAt: now + SINK_RETRY_MS } : told),
    };
  }

  #ttl(endMs: number): number {
    return Math.ceil((endMs + this.settings.retentionMs) / 1000);
  }
}

const TIMED_OUT: ErrorBody = { code: 'DEADLINE_EXCEEDED', message: 'The job did not end in the time it had.' };
const NO_CLAIM = { claim: undefined, leaseUntil: undefined };
const NO_END = {
  ...NO_CLAIM,
  startedAt: undefined,
  endedAt: undefined,
  output: undefined,
  error: undefined,
  model: undefined,
  sinkPending: undefined,
};

/** Only who holds the lease: a worker whose lease was taken over knows another claim. */
function heldBy({ claim }: Job): RowChange['when'] {
  return (row) => `${row.is('state', 'RUNNING')} AND ${row.is('claim', claim)}`;
}

function inState(owner: string, state: JobState) {
  return { state, ownerState: ownerState(owner, state) };
}

export function isRefused(result: unknown): result is Refused {
  return result instanceof Refused;
}
