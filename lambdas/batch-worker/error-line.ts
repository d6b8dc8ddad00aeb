import type { BadRow } from '../shared/batch/source-rows';
import type { BatchFormat } from '../shared/contract';

/** A line of the errors file: where the row is, and what is wrong with it. */
export function errorLine(
  { error, id, place }: BadRow,
  { format, key, run }: { readonly format: BatchFormat; readonly key: string; readonly run: string },
): string {
  const { row, line } = place;
  const { code, field, message } = error;
  const where = JSON.stringify({ file: key, row, line }).slice(0, -1);
  const what = JSON.stringify({ code, field, reason: message, run_id: run }).slice(1);
  return `${where},${id === undefined ? '' : `"id":${idText(id, format)},`}${what}\n`;
}

/** An id of JSONL is JSON already, with all of its digits. */
function idText(id: unknown, format: BatchFormat): string {
  if (format === 'jsonl') return `${id}`;
  return typeof id === 'bigint' ? `"${id}"` : JSON.stringify(id);
}
