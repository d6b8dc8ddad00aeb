import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { CACHE_ENV, CACHE_PREFIX, type CacheSettings } from '../../lambdas/shared/contract';
import type { PlacementOptions } from '../functions/placement-options';
import { grantObjects } from '../jobs/grant-objects';
import { addCacheBucket } from './cache-bucket';
import { type CacheOptions, cacheSettings, needsBucket } from './cache-options';
import { CacheTable } from './cache-table';

/** Where a cache keeps its entries. */
export interface CacheStorage {
  readonly settings: CacheSettings;
  readonly table: ITable;
  readonly bucket?: IBucket;
}

/** Table and, where entries may be large, bucket of a cache, directly in `scope` where they are not the user's own. */
export function addCacheStorage(
  scope: Construct,
  options: CacheOptions & PlacementOptions,
  staleWhileRevalidate?: Duration,
): CacheStorage {
  const settings = cacheSettings(options, staleWhileRevalidate);
  const { encryptionKey } = options;
  const lifetime = Duration.millis(settings.ttlMs + settings.staleMs);
  return {
    settings,
    table: options.table ?? new CacheTable(scope, 'Table', { encryptionKey }),
    bucket: options.bucket ?? (needsBucket(options) ? addCacheBucket(scope, lifetime, encryptionKey) : undefined),
  };
}

/** What a function with a cache is told of it. */
export function cacheEnvironment({ bucket, settings, table }: CacheStorage): Record<string, string> {
  return {
    [CACHE_ENV.table]: table.tableName,
    [CACHE_ENV.settings]: JSON.stringify(settings),
    ...(bucket && { [CACHE_ENV.bucket]: bucket.bucketName }),
  };
}

/** Let a function look up and store entries, and hold leases. */
export function grantCache(grantee: IGrantable, { bucket, table }: CacheStorage): void {
  table.grant(grantee, 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
  table.encryptionKey?.grantEncryptDecrypt(grantee);
  if (!bucket) return;
  grantObjects(grantee, 's3:GetObject', bucket, [CACHE_PREFIX]);
  grantObjects(grantee, 's3:PutObject', bucket, [CACHE_PREFIX]);
  bucket.encryptionKey?.grantEncryptDecrypt(grantee);
}

/** Let somebody make entries invalid. */
export function grantInvalidation(grantee: IGrantable, table: ITable): Grant {
  table.encryptionKey?.grantEncryptDecrypt(grantee);
  return table.grant(grantee, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
}
