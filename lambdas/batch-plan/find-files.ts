import { daysBetween } from '../batch-runs/run-of-request';
import type { FoundObject, Objects } from '../shared/batch/objects';
import { BATCH_FORMATS, type BatchFormat, type BatchSettings, type Run } from '../shared/contract';
import { quote, ServingError } from '../shared/errors';

/** A file of rows. */
export interface InputFile extends FoundObject {
  readonly format: BatchFormat;
  readonly gzip: boolean;
}

const ENDINGS: Readonly<Record<string, BatchFormat>> = {
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};

/**
 * The files of a run: the key that is named, or all below a prefix, for each of its days. Below a prefix what has another
 * ending is no file of rows, and neither is what a run has written.
 */
export async function findFiles(
  run: Run,
  settings: BatchSettings,
  input: Objects,
  sameBucket: boolean,
): Promise<InputFile[]> {
  const named = run.source ?? settings.input;
  const dated = named.includes('{date}');
  const sources = dated ? daysBetween(run.from, run.to).map((day) => named.replaceAll('{date}', day)) : [named];
  const found = new Map<string, InputFile>();
  for (const source of sources) {
    for (const file of await filesAt(source, settings, input)) {
      const written = sameBucket && settings.outputPrefix !== '' && file.key.startsWith(settings.outputPrefix);
      if (!written) found.set(file.key, file);
    }
  }
  if (found.size > 0) return [...found.values()];
  const where = sources.length > 1 ? `${sources[0]} to ${sources.at(-1)}` : `${sources[0]}`;
  const hint = where.endsWith('/')
    ? ' (files of rows end in .csv, .jsonl, ...)'
    : ' (what is below a prefix is read where it ends in "/")';
  throw new ServingError('NOT_FOUND', `there is nothing to read at s3://${input.bucket}/${where}${hint}`);
}

async function filesAt(source: string, settings: BatchSettings, input: Objects): Promise<InputFile[]> {
  if (source === '' || source.endsWith('/')) {
    const objects = await input.list(source);
    return objects.flatMap((object) => {
      const what = formatOf(object.key, settings);
      return what && object.bytes > 0 ? [{ ...object, ...what }] : [];
    });
  }
  const object = await input.head(source);
  if (!object) return [];
  const what = formatOf(source, settings);
  if (what) return [{ ...object, ...what }];
  const known = Object.keys(ENDINGS).map((ending) => `.${ending}`);
  throw new ServingError(
    'UNSUPPORTED_MEDIA_TYPE',
    `${quote(source)} does not end in ${known.join(', ')} (or .gz behind it); set format`,
  );
}

function formatOf(key: string, { format }: BatchSettings): Pick<InputFile, 'format' | 'gzip'> | undefined {
  const gzip = key.endsWith('.gz');
  const ending = (gzip ? key.slice(0, -3) : key).split('.').at(-1) ?? '';
  if (key.endsWith('/')) return undefined;
  const known = format ?? (Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined);
  return known && BATCH_FORMATS.includes(known) ? { format: known, gzip: gzip && known !== 'parquet' } : undefined;
}
