import { Duration } from 'aws-cdk-lib';
import { BatchSchedule } from '../../index';
import { valueType } from './value-type';

const UNITS: Readonly<Record<string, (amount: number) => Duration>> = {
  minute: Duration.minutes,
  hour: Duration.hours,
  day: Duration.days,
};

/** When runs begin, as EventBridge Scheduler writes it. */
export const batchScheduleValue = valueType<string, BatchSchedule>({
  schema: {
    type: 'string',
    pattern:
      '^rate\\([1-9][0-9]* (minute|hour|day)s?\\)$|^cron\\(([^ ]+ ){5}[^ ]+\\)$|^at\\(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\)$',
  },
  allowed:
    '"rate(1 day)", "cron(0 2 * * ? *)" (minute, hour, day, month, day of week, year) or "at(2027-01-31T02:00:00)"',
  toCdk(written) {
    const [, kind, inner = ''] = /^(\w+)\((.*)\)$/.exec(written) ?? [];
    if (kind === 'cron') return BatchSchedule.cron(inner);
    if (kind === 'at') return BatchSchedule.at(inner);
    const [amount = '', unit = ''] = inner.split(' ');
    const of = UNITS[unit.replace(/s$/, '')] ?? Duration.days;
    return BatchSchedule.rate(of(Number(amount)));
  },
});
