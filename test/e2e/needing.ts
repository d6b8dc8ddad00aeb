import { describe, inject, test } from 'vitest';
import type { Capability } from './capabilities';

/**
 * `test` and `describe` for what not every endpoint can show. Where something is missing, the tests are registered as
 * skipped, under a title that says why.
 */
export function needing(...capabilities: Capability[]): { test: typeof test; describe: typeof describe } {
  const missing = inject('missing');
  const [reason] = capabilities.flatMap((each) => missing[each] ?? []);
  if (reason === undefined) return { test, describe };
  const why = `(not on ${inject('endpoint')}: ${reason})`;
  return {
    test: titled(test.skip as unknown as Register, why) as unknown as typeof test,
    describe: titled(describe.skip as unknown as Register, why) as unknown as typeof describe,
  };
}

interface Register {
  (title: string, ...rest: unknown[]): void;
  each(cases: readonly unknown[]): (title: string, ...rest: unknown[]) => void;
}

function titled(register: Register, why: string): Register {
  const add = (title: string, ...rest: unknown[]) => register(`${title} ${why}`, ...rest);
  const each = (cases: readonly unknown[]) => {
    const addEach = register.each(cases);
    return (title: string, ...rest: unknown[]) => addEach(`${title} ${why}`, ...rest);
  };
  return Object.assign(add, { each });
}
