import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type ReadObject } from './s3';

const MIB = 1024 * 1024;

/** What the first request asks for; a model that fits is read by this one request. */
export const FIRST_RANGE_BYTES = 8 * MIB;
/** One connection to S3 gives some 80 MB/s; this many give what a function's network does. */
const CONCURRENCY = 8;
/** Times that a range is asked for, and the longest that one time may take: less than 1 MB/s is as good as nothing. */
const ATTEMPTS = 4;
const ATTEMPT_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 50;

export interface RangeSettings {
  readonly bucket: string;
  readonly key: string;
  readonly read: ReadObject;
  /** Told the size before the first byte; what it throws ends the reading. */
  readonly begin: (totalBytes: number) => Promise<void>;
  /** Takes the ranges one by one in their order. */
  readonly write: (content: Buffer, offset: number) => Promise<void>;
}

/**
 * Reads an object by ranges, several at a time, all of the same state of the object. Memory holds no more than one
 * range for each connection, however large the object is.
 */
export async function readRanges({ bucket, key, read, begin, write }: RangeSettings): Promise<void> {
  const end = new AbortController();
  const open = (range: Range, ifMatch?: string) => openRange({ bucket, key, range, ifMatch }, read, end.signal);
  const first = await retried(() => open([0, FIRST_RANGE_BYTES - 1]), end.signal);
  const { totalBytes, etag } = first;
  let unread: typeof first | undefined = first;
  try {
    await begin(totalBytes);
    await inOrder(rangesOf(totalBytes), {
      concurrency: CONCURRENCY,
      fetch: (range) =>
        retried(async () => {
          const opened = range[0] === 0 && unread ? unread : await open(range, etag);
          if (opened === unread) unread = undefined;
          return collect(opened.body, range, key);
        }, end.signal),
      use: (content, [offset]) => write(content, offset),
      cancel: () => end.abort(),
    });
  } finally {
    unread?.body.destroy();
  }
}

type Range = readonly [number, number];

/** The first range has the size it was asked for with; with very large objects the others are larger. */
export function rangesOf(totalBytes: number): Range[] {
  const bytes = totalBytes > 1024 * MIB ? 2 * FIRST_RANGE_BYTES : FIRST_RANGE_BYTES;
  const ranges: Range[] = [[0, Math.min(FIRST_RANGE_BYTES, totalBytes) - 1]];
  for (let start = FIRST_RANGE_BYTES; start < totalBytes; start += bytes) {
    ranges.push([start, Math.min(start + bytes, totalBytes) - 1]);
  }
  return ranges;
}

async function openRange(request: Omit<Parameters<ReadObject>[0], 'signal'>, read: ReadObject, end: AbortSignal) {
  const signal = AbortSignal.any([end, AbortSignal.timeout(ATTEMPT_LIMIT_MS)]);
  const content = await read({ ...request, signal });
  if (!content || Number.isNaN(content.totalBytes)) throw new Error(`${request.key} was answered without a range`);
  return { ...content, body: addAbortSignal(signal, content.body) };
}

async function collect(body: Readable, [start, last]: Range, key: string): Promise<Buffer> {
  const content = Buffer.allocUnsafe(last - start + 1);
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (bytes + chunk.length <= content.length) chunk.copy(content, bytes);
    bytes += chunk.length;
  }
  if (bytes === content.length) return content;
  throw new Error(`${key} from byte ${start}: ${bytes} bytes came instead of ${content.length}`);
}

async function retried<T>(attempt: () => Promise<T>, end: AbortSignal): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (number === ATTEMPTS || isFinal(error) || end.aborted) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** number * (0.5 + Math.random() / 2));
    }
  }
}

interface Steps<Item, Result> {
  readonly concurrency: number;
  readonly fetch: (item: Item) => Promise<Result>;
  readonly use: (result: Result, item: Item) => Promise<void>;
  /** Ends what is being fetched. */
  readonly cancel: () => void;
}

/** Fetches several items at a time and uses them one after the other. It ends when nothing of it runs any more. */
async function inOrder<Item, Result>(items: readonly Item[], steps: Steps<Item, Result>): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  let turn = Promise.resolve();
  const work = async () => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++] as Item;
      const before = turn;
      let finish = () => {};
      turn = new Promise((resolve) => {
        finish = resolve;
      });
      try {
        const result = await steps.fetch(item);
        await before;
        if (failures.length === 0) await steps.use(result, item);
      } catch (error) {
        failures.push(error);
        steps.cancel();
      } finally {
        finish();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(steps.concurrency, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
