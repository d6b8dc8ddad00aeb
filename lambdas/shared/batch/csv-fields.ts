import { quote, ServingError } from '../errors';

/** The fields of one record of a CSV file. */
export type CsvFields = (record: string) => string[];

/**
 * Fields as texts, of records that are not worth to be fast for: headers, and those with quotes in odd places, about which
 * the parser knows what is wrong.
 */
export async function csvFields(delimiter: string): Promise<CsvFields> {
  const { parse } = await import('./csv-client');
  return (record) => {
    if (!record.includes('"')) return record.split(delimiter);
    try {
      // The cutter has seen to it that this is one record.
      const records: string[][] = parse(record, { delimiter, relax_column_count: true });
      if (records.length === 1) return records[0] as string[];
    } catch (cause) {
      const { code } = cause as { readonly code?: string };
      throw new ServingError('INVALID_REQUEST', `the quotes are not those of a CSV record (${code}): ${quote(record)}`);
    }
    throw new ServingError('INVALID_REQUEST', `the quotes are not those of one CSV record: ${quote(record)}`);
  };
}

/** A field as it stands in a CSV file: quoted where it must be. */
export function cellText(text: string, delimiter: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34 || code === 10 || code === 13 || text[at] === delimiter) return `"${text.replaceAll('"', '""')}"`;
  }
  return text;
}
