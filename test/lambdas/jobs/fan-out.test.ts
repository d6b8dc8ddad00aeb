import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verdictOn } from '../../../lambdas/gather/verdict';
import type { FanOutSpec, JobState } from '../../../lambdas/shared/contract';
import type { Job, Member } from '../../../lambdas/shared/jobs/job';
import { messageOf, readMessage } from '../../../lambdas/shared/jobs/job-queue';
import { allSettled, memberStateAt, memberView, newMembers } from '../../../lambdas/shared/jobs/members';
import { expressionsOf } from '../../../lambdas/shared/jobs/row-update';

const NAMES = ['a', 'b', 'c'];
const member = (state: JobState): Member => ({
  state,
  attempts: 1,
  ...(state === 'FAILED' && { error: { code: 'ATTEMPTS_EXHAUSTED' as const, message: 'tried 3 times' } }),
});
const jobOf = (...states: readonly JobState[]) => ({
  members: Object.fromEntries(NAMES.map((name, at) => [name, member(states[at] ?? 'PENDING')])),
});
const spec = (quorum: number, hard: readonly string[] = [], atOnce = false): FanOutSpec => ({
  quorum,
  aggregates: {},
  outputs: {},
  members: NAMES.map((name) => ({ name, isHard: hard.includes(name), endsAll: atOnce && hard.includes(name) })),
});

describe('[7.5] what the ends of the models mean for the job', () => {
  test.each<[string, FanOutSpec, readonly JobState[], object]>([
    ['nothing while one is at work', spec(1), ['SUCCEEDED', 'SUCCEEDED', 'RUNNING'], { is: 'open' }],
    ['nothing while one has not begun', spec(1), ['SUCCEEDED', 'FAILED', 'PENDING'], { is: 'open' }],
    ['partial: those that answered', spec(1), ['FAILED', 'FAILED', 'SUCCEEDED'], { is: 'answer' }],
    [
      'fewer than the quorum',
      spec(2),
      ['FAILED', 'FAILED', 'SUCCEEDED'],
      { is: 'failure', error: { code: 'UNAVAILABLE', message: 'Of 3 models 2 must answer, and 1 did.' } },
    ],
    [
      'wait: nothing yet although a hard one failed',
      spec(1, ['b']),
      ['SUCCEEDED', 'FAILED', 'RUNNING'],
      { is: 'open' },
    ],
    [
      'wait: the hard one that failed, by its name',
      spec(1, ['b']),
      ['SUCCEEDED', 'FAILED', 'SUCCEEDED'],
      { is: 'failure', error: { code: 'ATTEMPTS_EXHAUSTED', stage: 'b' } },
    ],
    [
      'fail: at once, while others are at work',
      spec(1, NAMES, true),
      ['RUNNING', 'FAILED', 'PENDING'],
      { is: 'failure', error: { code: 'ATTEMPTS_EXHAUSTED', stage: 'b' } },
    ],
    ['a soft one is not missed', spec(1, ['a']), ['SUCCEEDED', 'FAILED', 'SUCCEEDED'], { is: 'answer' }],
  ])('%s', (_, policy, states, expected) => {
    expect(verdictOn(jobOf(...states), policy)).toMatchObject(expected);
  });

  test('there is an answer exactly where all have settled, no hard one failed and enough answered', () => {
    const states = fc.constantFrom<JobState>('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED');
    const cases = fc.tuple(fc.tuple(states, states, states), fc.integer({ min: 1, max: 3 }), fc.subarray(NAMES));
    fc.assert(
      fc.property(cases, ([ended, quorum, hard]) => {
        const answers =
          ended.every((state) => state === 'SUCCEEDED' || state === 'FAILED') &&
          NAMES.every((name, at) => !hard.includes(name) || ended[at] !== 'FAILED') &&
          ended.filter((state) => state === 'SUCCEEDED').length >= quorum;
        expect(verdictOn(jobOf(...ended), spec(quorum, hard)).is === 'answer').toBe(answers);
      }),
    );
  });
});

const row = (state: JobState, members: Job['members']): Job => ({
  v: 1,
  id: '0'.repeat(32),
  owner: 'o',
  state,
  ownerState: `o#${state}`,
  generation: 1,
  attempts: 0,
  acceptedAt: 0,
  expiresAt: 1000,
  requestId: 'r',
  traceparent: 't',
  modelName: 'whole',
  expects: { name: 'whole' },
  input: { operation: 'infer', headers: {} },
  inputHash: 'h',
  ttl: 10,
  members,
});
const settings = { name: 'a', model: 'model-a', endsAll: false, all: NAMES, inputs: {} };

describe('[7.5] a job as one of its models sees it', () => {
  test('is a job of its own: its state, its tries, its model, and no name that is not its', () => {
    const seen = memberView(row('RUNNING', jobOf('PENDING', 'RUNNING').members), settings);
    expect(seen).toMatchObject({ state: 'PENDING', attempts: 1, modelName: 'model-a', stage: 'a', expects: {} });
    expect(seen.sinkPending).toBeUndefined();
  });

  test('who settles last sees that the whole must hear of it; of one that ends all, whoever fails', () => {
    const last = row('RUNNING', jobOf('SUCCEEDED', 'FAILED', 'SUCCEEDED').members);
    expect(memberView(last, settings).sinkPending).toBe(true);
    const first = row('RUNNING', jobOf('FAILED', 'RUNNING').members);
    expect(memberView(first, settings).sinkPending).toBeUndefined();
    expect(memberView(first, { ...settings, endsAll: true }).sinkPending).toBe(true);
  });

  test('is over with the whole, whose error is not its own', () => {
    const error = { code: 'ATTEMPTS_EXHAUSTED', message: 'of another', stage: 'b' } as const;
    const ended = { ...row('FAILED', jobOf('PENDING', 'FAILED').members), error, sinkPending: true };
    const seen = memberView(ended, settings);
    expect(seen.state).toBe('FAILED');
    expect(seen.error).toBeUndefined();
    expect(seen.sinkPending).toBeUndefined();
  });

  test.each<[JobState, JobState, JobState]>([
    ['PENDING', 'RUNNING', 'PENDING'],
    ['PENDING', 'TIMED_OUT', 'TIMED_OUT'],
    ['RUNNING', 'FAILED', 'CANCELLED'],
    ['SUCCEEDED', 'TIMED_OUT', 'SUCCEEDED'],
    ['FAILED', 'SUCCEEDED', 'FAILED'],
  ])('%s in a job that is %s is shown as %s', (state, whole, shown) => {
    expect(memberStateAt(member(state), whole)).toBe(shown);
  });

  test('none has settled in a new job, and its message says until when an answer counts', () => {
    const job = { ...row('ACCEPTING', undefined), ...newMembers(NAMES) };
    expect(allSettled(job, NAMES)).toBe(false);
    expect(readMessage(messageOf(job))).toMatchObject({ job: job.id, generation: 1, expiresAt: 1000 });
    expect(readMessage(messageOf(row('ACCEPTING', undefined)))).not.toHaveProperty('expiresAt');
  });
});

test('[7.5] a change within a row: names that no placeholder may have, and sums that DynamoDB has for rows only', () => {
  const { condition, names, update, values } = expressionsOf({
    set: { 'members.my-model.state': 'RUNNING', 'members.my-model.error': undefined },
    add: { 'members.my-model.attempts': 1, settlements: 2 },
    when: (terms) => terms.is('members.my-model.state', 'PENDING'),
  });
  expect(Object.keys(names).every((placeholder) => /^#\w+$/.test(placeholder))).toBe(true);
  const written = (text: string) =>
    text.replace(/#\w+/g, (name) => names[name] ?? '?').replace(/:\w+/g, (name) => JSON.stringify(values[name]));
  expect(written(update)).toBe(
    'SET members.my-model.state = "RUNNING", members.my-model.attempts = members.my-model.attempts + 1 ' +
      'REMOVE members.my-model.error ADD settlements 2',
  );
  expect(written(condition)).toBe('members.my-model.state = "PENDING"');
});
