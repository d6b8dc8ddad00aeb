import { describe, expect, test } from 'vitest';
import type { Job } from '../../../lambdas/shared/jobs/job';
import { answered, failed, fanOut } from './fan-out-service';

describe('[7.5] a message to who gathers that was lost', () => {
  test('of a model that no worker began with: the sweeper sends it soon, not when the job expires', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const { clock, down, sent } = service;
    const made = await service.job({ fast: answered(3), better: { attempts: 0 } }, { dueAt: clock.now + 3_600_000 });
    down.add('gather');
    expect(await service.giveUp('better', made)).toBe(0);
    expect(sent).toMatchObject([{ to: 'dead-letters' }]);
    down.clear();
    clock.now += 61_000;
    expect(await service.sweep(made)).toBe(true);
    expect(sent).toMatchObject([{ to: 'dead-letters' }, { to: 'gather', message: { job: made.id } }]);
    const { job } = await service.gather(made);
    expect(job.state).toBe('SUCCEEDED');
  });

  test('of one that ends all, while the others are at work', async () => {
    const hard = { isHard: true, endsAll: true };
    const service = fanOut({ fast: hard, better: hard });
    const { clock, down, sent } = service;
    const running = { state: 'RUNNING', claim: 'c', leaseUntil: clock.now + 400_000 } as const;
    const made = await service.job({ fast: { attempts: 0 }, better: running }, { dueAt: clock.now + 460_000 });
    down.add('gather');
    expect(await service.giveUp('fast', made)).toBe(0);
    clock.now += 61_000;
    await expect(service.sweep(made)).rejects.toThrow('gather does not answer');
    // The sweeper's own failed too: it does not wait for those whose answers cannot matter.
    down.clear();
    clock.now += 61_000;
    expect(await service.sweep(made)).toBe(true);
    expect(sent.at(-1)).toMatchObject({ to: 'gather' });
    expect((await service.gather(made)).job).toMatchObject({ state: 'FAILED', error: { stage: 'fast' } });
  });

  test('is not promised where the table does not take that either: its own message comes again', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const made = await service.job({ fast: answered(3), better: failed() });
    service.down.add('gather');
    service.memberTable('better').tellLater = async () => {
      throw new Error('the table does not answer');
    };
    expect(await service.giveUp('better', made)).toBe(1);
  });

  test('a model that has failed and ends nothing makes nobody look', async () => {
    const service = fanOut({ fast: {}, better: {} });
    const made = await service.job({ fast: failed(), better: {} });
    expect(await service.sweep(made)).toBe(false);
    expect(service.sent).toEqual([]);
    expect(((await service.table.get(made.id)) as Job).dueAt).toBe(made.expiresAt);
  });
});

describe('[7.5] a worker that was lost', () => {
  const lostBy = (attempts: number) => {
    const service = fanOut({ fast: {}, better: {}, linear: {} });
    const { now } = service.clock;
    const lost = { state: 'RUNNING', attempts, claim: 'c', leaseUntil: now - 60_000 } as const;
    const slow = { state: 'RUNNING', attempts: 1, claim: 'd', leaseUntil: now + 400_000 } as const;
    return { service, job: () => service.job({ fast: failed(), better: lost, linear: slow }) };
  };
  const again = (sent: readonly { readonly to: string; readonly message: object }[]) =>
    sent.flatMap(({ message, to }) => (to === 'topic' ? [message] : []));

  test('its message is sent again once, for its model alone, which then answers', async () => {
    const { job, service } = lostBy(1);
    const { clock, sent, table } = service;
    const made = await job();
    expect(await service.sweep(made)).toBe(true);
    expect(again(sent)).toMatchObject([{ job: made.id, again: true, stages: ['better'] }]);
    expect((await table.get(made.id))?.members).toMatchObject({ better: { state: 'PENDING', attempts: 1 } });
    for (let minutes = 0; minutes < 5; minutes++) {
      clock.now += 61_000;
      await service.sweep(made);
    }
    expect(again(sent)).toHaveLength(1);
    expect(await service.deliver('better', made, again(sent)[0])).toBe(0);
    expect((await table.get(made.id))?.members).toMatchObject({ better: { state: 'SUCCEEDED', attempts: 2 } });
  });

  test('where the topic does not take it, again a minute later, although another one is long at work', async () => {
    const { job, service } = lostBy(1);
    const { clock, down, sent } = service;
    const made = await job();
    down.add('topic');
    await expect(service.sweep(made)).rejects.toThrow('topic does not answer');
    down.clear();
    clock.now += 61_000;
    expect(await service.sweep(made)).toBe(true);
    expect(again(sent)).toHaveLength(1);
  });

  test('whoever else takes that message, or has to give it up, does nothing', async () => {
    const { job, service } = lostBy(1);
    const { sent, table } = service;
    const made = await job();
    await service.sweep(made);
    const [message] = again(sent);
    const before = await table.get(made.id);
    for (const name of ['fast', 'linear']) {
      expect(await service.deliver(name, made, message)).toBe(0);
      expect(await service.giveUp(name, made, message)).toBe(0);
    }
    // Of one that has failed a message rests already.
    expect(sent.filter(({ to }) => to === 'dead-letters')).toEqual([]);
    expect(await table.get(made.id)).toEqual(before);
  });

  test('with the last try: its model has failed, and one message rests for a redrive', async () => {
    const { job, service } = lostBy(3);
    const made = await job();
    await service.sweep(made);
    expect(await service.deliver('better', made, again(service.sent)[0])).toBe(0);
    const { members } = (await service.table.get(made.id)) as Job;
    expect(members).toMatchObject({ better: { state: 'FAILED', error: { code: 'ATTEMPTS_EXHAUSTED' } } });
    expect(service.sent.filter(({ to }) => to === 'dead-letters')).toHaveLength(1);
  });

  test('one that was given to another worker meanwhile stays with that one', async () => {
    const { job, service } = lostBy(1);
    const made = await job();
    const { clock, table } = service;
    const claim = { claim: 'new', worker: 'w', leaseUntil: clock.now + 1000, maxAttempts: 3, visibilityMs: 1 };
    await service.memberTable('better').claim(made, claim);
    await table.releaseMember(made, 'better');
    expect((await table.get(made.id))?.members?.better).toMatchObject({ state: 'RUNNING', claim: 'new' });
  });
});
