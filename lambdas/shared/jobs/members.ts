import type { FanOutMember, JobState, MemberSettings } from '../contract';
import { isFinal, type Job, type Member } from './job';

/** None of the models has begun. */
export function newMembers(names: readonly string[]): Pick<Job, 'members' | 'settlements'> {
  const waiting: Member = { state: 'PENDING', attempts: 0 };
  return { members: Object.fromEntries(names.map((name) => [name, waiting])), settlements: 0 };
}

/**
 * Whether all of these have settled that the job was sent to. The row may have others: models that were removed since, whom
 * nobody runs any more.
 */
export function allSettled({ members = {} }: Pick<Job, 'members'>, names: readonly string[]): boolean {
  return names.every((name) => !members[name] || isFinal(members[name].state));
}

/** Whether nothing that a model may still give can change how the whole ends: all have settled, or one failed that ends all. */
export function isDecided(job: Pick<Job, 'members'>, declared: readonly Omit<FanOutMember, 'isHard'>[]): boolean {
  const names = declared.map(({ name }) => name);
  return (
    allSettled(job, names) || declared.some(({ endsAll, name }) => endsAll && job.members?.[name]?.state === 'FAILED')
  );
}

/** Names of the models that an answer of the whole is without. */
export function missingOf({ members = {} }: Pick<Job, 'members'>): string[] {
  return Object.keys(members).filter((name) => members[name]?.state !== 'SUCCEEDED');
}

/** The job as one of its models sees it: a job that is its own, until the whole has ended. */
export function memberView(row: Job, { all, endsAll, model, name }: MemberSettings): Job {
  const { members, settlements: _, sinkPending: __, ...whole } = row;
  const common = { ...whole, stage: name, modelName: model, expects: {} };
  const member = members?.[name];
  // How the whole ended is not how this model did: there is nothing to do for it any more.
  if (isFinal(row.state)) return { ...common, error: undefined };
  // A model that was added since: the job was not sent to it.
  if (!member) return { ...common, state: 'CANCELLED' };
  const isComplete = allSettled(row, all) || (endsAll && member.state === 'FAILED');
  return { ...common, claim: undefined, leaseUntil: undefined, ...member, sinkPending: isComplete || undefined };
}

/** What a reader sees of a model: one that the job ended without will not answer any more. */
export function memberStateAt({ state }: Member, whole: JobState): JobState {
  if (isFinal(state) || !isFinal(whole)) return state;
  return whole === 'TIMED_OUT' ? 'TIMED_OUT' : 'CANCELLED';
}
