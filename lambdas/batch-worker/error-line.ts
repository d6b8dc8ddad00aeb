import type { BadRow } from '../shared/batch/source-rows';

/** A line of the errors file: where the row is, and what is wrong with it. */
export function errorLine({ error, id, place }: BadRow, key: string, run: string): string {
  const { row, line } = place;
  const { code, field, message } = error;
  const known = typeof id === 'bigint' ? id.toString() : id;
  return `${JSON.stringify({ file: key, row, line, id: known, code, field, reason: message, run_id: run })}\n`;
}
