import { describe, expect, test } from 'vitest';
import { dayOf, runOf } from '../../../lambdas/batch-runs/run-of-request';
import type { BatchSettings, RunRequest } from '../../../lambdas/shared/contract';

const settings = { timeZone: 'Europe/Berlin', daysBack: 0, inputPrefix: 'days/' } as BatchSettings;
const asked = (begin: RunRequest, changes: Partial<BatchSettings> = {}) =>
  runOf(
    {
      begin,
      execution: 'arn:aws:states:eu-west-1:111111111111:execution:Batch:by-hand',
      executionName: 'by-hand',
      startTime: '2027-01-31T01:00:07.123Z',
      stateMachine: 'arn:aws:states:eu-west-1:111111111111:stateMachine:Batch',
    },
    { ...settings, ...changes },
  );

describe('[4.1] a run has a name and days', () => {
  test('of a schedule it is named by its time, so that one trigger that comes twice is one run', () => {
    const { run } = asked({ trigger: 'schedule', scheduledTime: '2027-01-30T23:30:00Z' });
    expect(run).toMatchObject({ run: 'schedule-2027-01-30T23-30-00Z', trigger: 'schedule' });
    // The day in the time zone of the schedule.
    expect(run).toMatchObject({ from: '2027-01-31', to: '2027-01-31' });
  });

  test('what an emulator does not fill in is the time at which it began', () => {
    const { run } = asked({ trigger: 'schedule', scheduledTime: '<aws.scheduler.scheduled-time>' });
    expect(run.run).toBe('schedule-2027-01-31T01-00-07Z');
  });

  test('on demand it has the name of its execution, or the one that is asked for', () => {
    expect(asked({}).run).toMatchObject({ run: 'by-hand', trigger: 'demand', from: '2027-01-31' });
    expect(asked({ run: 'mine', from: '2027-01-01', to: '2027-01-03' }).run).toMatchObject({
      run: 'mine',
      to: '2027-01-03',
    });
  });

  test('the day before is one of its options', () => {
    expect(asked({}, { daysBack: 1 }).run.from).toBe('2027-01-30');
    expect(dayOf(Date.parse('2027-06-30T22:30:00Z'), 'Europe/Berlin')).toBe('2027-07-01');
  });

  test.each<[RunRequest, string]>([
    [{ run: '../other' }, 'run'],
    [{ run: 'turn' }, 'run'],
    [{ from: '2027-13-01' }, 'from'],
    [{ from: '2027-01-02', to: '2027-01-01' }, 'to'],
    [{ from: '2020-01-01', to: '2027-01-01' }, 'to'],
    [{ source: 'secrets/rows.csv' }, 'source'],
  ])('%j is refused, and the error names %s', (request, field) => {
    const { error, run } = asked(request);
    expect(error?.field).toBe(field);
    expect(run.run).toMatch(/^[A-Za-z0-9][\w.-]*$/);
  });
});
