import { Duration, Size, Token } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CACHE_ROW_BYTES, type CacheSettings } from '../../lambdas/shared/contract';

/** How a cache keeps what it keeps; every option has a default. */
export interface CacheOptions {
  /**
   * How long an entry is answered with. At most 31 days.
   * @default - 5 minutes; of a DataCache that is `prepared` 31 days, because changes are told of
   */
  readonly ttl?: Duration;
  /**
   * Longest time of one operation of the cache. After that a request goes on without it.
   * @default Duration.millis(500)
   */
  readonly cacheTimeout?: Duration;
  /**
   * How much each execution environment remembers of what it has read. With 0 it remembers nothing.
   * @default Size.mebibytes(64)
   */
  readonly memorySize?: Size;
  /**
   * How long it remembers it: what was invalidated, or replaced, is answered with no longer. At most `ttl`.
   * @default Duration.seconds(10)
   */
  readonly memoryTtl?: Duration;
  /**
   * Largest entry; a larger one is not cached. A row of DynamoDB holds up to 380 KiB; what is larger needs a bucket,
   * which is made where this allows it. At most 4 MiB.
   * @default Size.kibibytes(380)
   */
  readonly maxEntrySize?: Size;
  /**
   * A table of your own, with the key of `CacheTable`. Several caches may share one.
   * @default - one is made, and destroyed with the stack
   */
  readonly table?: ITable;
  /**
   * A bucket of your own for entries that are larger than a row. That objects under `cache/` expire is then yours to set.
   * @default - one is made where `maxEntrySize` asks for it; it is kept when the stack is destroyed, and its objects expire
   */
  readonly bucket?: IBucket;
}

/** @internal The options as the handler reads them; limits are checked where the message can say what to do. */
export function cacheSettings(options: CacheOptions, staleWhileRevalidate?: Duration): CacheSettings {
  const ttlMs = within('ttl', options.ttl ?? Duration.minutes(5), 1000, 31 * 86_400_000);
  const memoryTtl = options.memoryTtl ?? Duration.millis(Math.min(10_000, ttlMs));
  return {
    ttlMs,
    staleMs: staleWhileRevalidate ? within('staleWhileRevalidate', staleWhileRevalidate, 1000, 31 * 86_400_000) : 0,
    timeoutMs: within('cacheTimeout', options.cacheTimeout ?? Duration.millis(500), 10, 10_000),
    memoryBytes: bytes('memorySize', options.memorySize ?? Size.mebibytes(64), Size.mebibytes(4096)),
    memoryTtlMs: within('memoryTtl', memoryTtl, 0, ttlMs, 'ttl'),
    maxEntryBytes: bytes('maxEntrySize', options.maxEntrySize ?? DEFAULT_ENTRY_SIZE, Size.mebibytes(4)),
  };
}

/** @internal Whether there are entries that no row holds. */
export function needsBucket({ bucket, maxEntrySize }: CacheOptions): boolean {
  return bucket === undefined && (maxEntrySize ?? DEFAULT_ENTRY_SIZE).toBytes() > CACHE_ROW_BYTES;
}

const DEFAULT_ENTRY_SIZE = Size.bytes(CACHE_ROW_BYTES);

/** @internal A time between two others, in milliseconds. */
export function within(name: string, value: Duration, least: number, most: number, mostIs?: string): number {
  if (value.isUnresolved()) throw new Error(`${name} must be known at synth`);
  const ms = value.toMilliseconds();
  if (ms >= least && ms <= most) return ms;
  const limit = mostIs ? `${mostIs}, ${most} ms` : `${most} ms`;
  throw new Error(`${name} must be from ${least} ms to ${limit}; got ${ms} ms`);
}

function bytes(name: string, value: Size, most: Size): number {
  if (Token.isUnresolved(value)) throw new Error(`${name} must be known at synth`);
  if (value.toBytes() <= most.toBytes()) return value.toBytes();
  throw new Error(`${name} must be at most ${most.toBytes()} bytes; got ${value.toBytes()}`);
}
