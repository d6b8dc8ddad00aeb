import type { ErrorBody, FanOutSpec } from '../shared/contract';
import type { Job, Member } from '../shared/jobs/job';
import { isDecided } from '../shared/jobs/members';

/** What the ends of the models mean for the whole: nothing yet, an answer, or why there is none. */
export type GatherVerdict = { readonly is: 'open' | 'answer' } | { readonly is: 'failure'; readonly error: ErrorBody };

/** The policy that was declared: whose failure fails the whole, when, and how many must have answered. */
export function verdictOn({ members = {} }: Pick<Job, 'members'>, spec: FanOutSpec): GatherVerdict {
  const hasFailed = ({ name }: { name: string }) => members[name]?.state === 'FAILED';
  if (!isDecided({ members }, spec.members)) return { is: 'open' };
  const fatal = spec.members.find((each) => each.endsAll && hasFailed(each));
  const missed = fatal ?? spec.members.find((each) => each.isHard && hasFailed(each));
  if (missed) return { is: 'failure', error: failureOf(missed.name, members[missed.name]) };
  const answered = spec.members.filter(({ name }) => members[name]?.state === 'SUCCEEDED').length;
  if (answered >= spec.quorum) return { is: 'answer' };
  const message = `Of ${spec.members.length} models ${spec.quorum} must answer, and ${answered} did.`;
  return { is: 'failure', error: { code: 'UNAVAILABLE', message } };
}

/** Why there is no answer, where it is for the failure of one model. */
export function failureOf(stage: string, member: Member | undefined): ErrorBody {
  const { code = 'BAD_GATEWAY', field, message = 'The model gave no answer.' } = member?.error ?? {};
  return { code, message, field, stage };
}
