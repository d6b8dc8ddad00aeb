import { ServingError } from './errors';

/**
 * Waits for work no longer than until the deadline. The work itself goes on; the signal tells it that nobody waits any
 * more.
 *
 * @param when completes "The deadline passed ..."
 */
export async function inTime<Result>(
  deadlineMs: number,
  when: string,
  work: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = new ServingError('DEADLINE_EXCEEDED', `The deadline passed ${when}.`);
        reject(error);
        controller.abort(error);
      },
      Math.max(0, deadlineMs - Date.now()),
    );
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What cannot be interrupted is looked at before and after. */
export function checkDeadline(deadlineMs: number, when: string): void {
  if (Date.now() <= deadlineMs) return;
  throw new ServingError('DEADLINE_EXCEEDED', `The deadline passed ${when}.`);
}
