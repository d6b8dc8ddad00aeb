import { type Duration, Token } from 'aws-cdk-lib';

const DAY_MS = 86_400_000;

/** When runs begin. The time zone and a flexible window are properties of the batch. */
export class BatchSchedule {
  /** Again and again, so much time between two runs. Whole minutes, at least one. */
  public static rate(interval: Duration): BatchSchedule {
    const ms = interval.toMilliseconds();
    if (ms < 60_000 || ms % 60_000) throw new Error(`schedule: a rate is whole minutes, at least one; got ${ms} ms`);
    const minutes = ms / 60_000;
    return new BatchSchedule(`rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`, ms);
  }

  /**
   * At times of a calendar, in the time zone of the batch.
   *
   * @param fields minute, hour, day of month, month, day of week and year: `0 2 * * ? *` is every night at two
   */
  public static cron(fields: string): BatchSchedule {
    const parts = fields.trim().split(/\s+/);
    if (parts.length !== 6 && !Token.isUnresolved(fields)) {
      throw new Error(
        `schedule: a cron has six fields (minute, hour, day of month, month, day of week, year); got ${JSON.stringify(fields)}`,
      );
    }
    return new BatchSchedule(`cron(${fields.trim()})`, intervalOf(parts));
  }

  /**
   * Once.
   *
   * @param localTime `yyyy-mm-ddThh:mm:ss`, in the time zone of the batch
   */
  public static at(localTime: string): BatchSchedule {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(localTime) && !Token.isUnresolved(localTime)) {
      throw new Error(`schedule: a time is yyyy-mm-ddThh:mm:ss; got ${JSON.stringify(localTime)}`);
    }
    return new BatchSchedule(`at(${localTime})`, undefined);
  }

  private constructor(
    /** The expression that EventBridge Scheduler has: `rate(1440 minutes)`, `cron(0 2 * * ? *)`, `at(2027-01-01T00:00:00)`. */
    public readonly expression: string,
    /** @internal Longest time between two runs, in milliseconds; of a single one undefined. */
    public readonly _intervalMs: number | undefined,
  ) {}
}

/** Of a cron what its coarsest field says; where it lists several times it is no more than that. */
function intervalOf([, hour = '*', dayOfMonth = '*', month = '*', dayOfWeek = '*', year = '*']: string[]): number {
  const any = (field: string) => field === '*' || field === '?';
  if (!any(year)) return 366 * DAY_MS;
  if (!any(month)) return 366 * DAY_MS;
  if (!any(dayOfMonth)) return 31 * DAY_MS;
  if (!any(dayOfWeek)) return 7 * DAY_MS;
  return any(hour) ? DAY_MS / 24 : DAY_MS;
}
