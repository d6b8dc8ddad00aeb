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
