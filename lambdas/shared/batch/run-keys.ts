import type { BatchSettings, Chunk } from '../contract';
import { RUN_TABLE } from '../contract';

/** Names of runs are parts of keys: nothing else than this can be in one. */
export const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

type Prefixed = Pick<BatchSettings, 'outputPrefix'>;

/** Everything that a run writes lies below it. */
export function runPrefix({ outputPrefix }: Prefixed, run: string): string {
  return `${outputPrefix}${run}/`;
}

/** What is only there until the run is complete. */
export function workPrefix(settings: Prefixed, run: string): string {
  return `${runPrefix(settings, run)}_work/`;
}

/** The list of all mini-jobs, and the one of those that an attempt is to do. */
export function planKey(settings: Prefixed, run: string, attempt?: number): string {
  return `${workPrefix(settings, run)}plan${attempt === undefined ? '' : `-${attempt}`}.json`;
}

export function manifestKey(settings: Prefixed, run: string): string {
  return `${runPrefix(settings, run)}manifest.json`;
}

/** `<file>.out`, without the ending of a compression: results are not compressed. */
export function outputKey(settings: Prefixed, run: string, key: string): string {
  return `${runPrefix(settings, run)}${key.replace(/\.gz$/, '')}.out`;
}

export function errorsKey(settings: Prefixed, run: string, key: string): string {
  return `${runPrefix(settings, run)}${key}.errors.jsonl`;
}

/** What a mini-job writes; the same whoever does it, and however often. Parts of a Parquet file stay parts. */
export function partKeys(
  settings: Prefixed,
  run: string,
  { format, index, key }: Pick<Chunk, 'format' | 'index' | 'key'>,
) {
  const part = `part-${`${index}`.padStart(6, '0')}`;
  const work = workPrefix(settings, run);
  return {
    results: format === 'parquet' ? `${outputKey(settings, run, key)}/${part}.parquet` : `${work}${part}.out`,
    errors: `${work}${part}.errors.jsonl`,
  };
}

/** `item` of a mini-job's row. */
export function chunkItem(index: number): string {
  return `${RUN_TABLE.chunk}${`${index}`.padStart(6, '0')}`;
}
