import type { JobState, MemberSettings } from '../contract';
import { isFinal, type Job, type Member } from './job';

/** None of the models has begun. */
export function newMembers(names: readonly string[]): Pick<Job, 'members' | 'settlements'> {
  const waiting: Member = { state: 'PENDING', attempts: 0 };
  return { members: Object.fromEntries(names.map((name) => [name, waiting])), settlements: 0 };
}

/** Whether all models have settled. */
export function allSettled({ members = {} }: Pick<Job, 'members'>): boolean {
  return Object.values(members).every(({ state }) => isFinal(state));
}

/** The job as one of its models sees it: a job that is its own, until the whole has ended. */
export function memberView(row: Job, { endsAll, model, name }: MemberSettings): Job {
  const { members, settlements: _, sinkPending: __, ...whole } = row;
  const common = { ...whole, stage: name, modelName: model, expects: {} };
  const member = members?.[name];
  // How the whole ended is not how this model did: there is nothing to do for it any more.
  if (!member || isFinal(row.state)) return { ...common, error: undefined };
  const isComplete = allSettled(row) || (endsAll && member.state === 'FAILED');
  return { ...common, claim: undefined, leaseUntil: undefined, ...member, sinkPending: isComplete || undefined };
}

/** What a reader sees of a model: one that the job ended without will not answer any more. */
export function memberStateAt({ state }: Member, whole: JobState): JobState {
  if (isFinal(state) || !isFinal(whole)) return state;
  return whole === 'TIMED_OUT' ? 'TIMED_OUT' : 'CANCELLED';
}
