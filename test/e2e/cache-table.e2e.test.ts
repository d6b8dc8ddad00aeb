import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import { type CacheRow, CacheTable } from '../../lambdas/shared/cache/cache-table';
import { invalidate } from '../../lambdas/shared/cache/invalidate';
import { CACHE_TABLE, CACHE_VERSION } from '../../lambdas/shared/contract';
import { TIMED } from './timed';

const config = clientConfig(inject('target'));
const client = new DynamoDBClient(config);
const TableName = `cache-${randomUUID()}`;
const { credentials, endpoint, region } = config;
const table = new CacheTable(TableName, 5000, { credentials, endpoint, region });

const row = (askedAt: number, text = 'body'): CacheRow => ({
  v: CACHE_VERSION,
  askedAt,
  storedAt: askedAt,
  freshUntil: askedAt + 1000,
  staleUntil: askedAt + 2000,
  body: Buffer.from(text),
});
const textOf = async (key: string) => Buffer.from((await table.read([key])).rows.get(key)?.body ?? []).toString();

beforeAll(async () => {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: CACHE_TABLE.key, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: CACHE_TABLE.key, AttributeType: 'S' }],
    }),
  );
});
afterAll(async () => {
  await client.send(new DeleteTableCommand({ TableName }));
});

test('[8.8] an entry is replaced only by one whose work began later', async () => {
  expect(await table.put('k', row(2, 'newer'))).toBe(true);
  expect(await table.put('k', row(1, 'older'))).toBe(false);
  expect(await table.put('k', row(2, 'same time'))).toBe(false);
  expect(await textOf('k')).toBe('newer');
  expect(await table.put('k', row(3, 'newest'))).toBe(true);
  expect(await textOf('k')).toBe('newest');
  expect((await table.read(['none'])).rows.size).toBe(0);
});

test('[8.7] of fifty who want a lease at once one has it, until it gives it back or is late', async () => {
  const claim = (holder: string, now: number) => table.lease('lease', holder, now, now + 1000);
  const claims = await Promise.all(Array.from({ length: 50 }, (_, i) => claim(`${i}`, 1000)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect((await table.read([], ['lease', 'another'])).leases).toEqual(new Map([['lease', 2000]]));
  const winner = `${claims.indexOf(true)}`;
  expect(await table.release('lease', 'somebody')).toBe(false);
  expect(await table.release('lease', winner)).toBe(true);
  expect(await claim('next', 1000)).toBe(true);
  expect(await claim('too soon', 2000)).toBe(false);
  expect(await claim('late', 2001)).toBe(true);
});

test('[8.6] invalidation is seen by the next read, and refuses what began before', async () => {
  await table.put('k6', row(1000));
  await invalidate(table, { key: 'k6' }, 2000);
  expect((await table.read(['k6'])).rows.get('k6')).toMatchObject({ invalidated: true });
  expect(await table.put('k6', row(1500))).toBe(false);
  expect(await table.put('k6', row(2500))).toBe(true);
  await invalidate(table, { model: 'm' }, 3000);
  await invalidate(table, { model: 'm' }, 2500);
  await invalidate(table, 'all', 2000);
  expect((await table.read([])).invalidations).toEqual({ 'model:m': 3000, all: 2000 });
});

test(
  '[8.4] a table that is not there is an error at once, and one that does not answer within the time',
  TIMED,
  async () => {
    const gone = new CacheTable('no-such-table', 2000, { credentials, endpoint, region });
    await expect(gone.read(['k'])).rejects.toThrow();
    const silent = new CacheTable(TableName, 300, { credentials, endpoint: 'http://10.255.255.1', region });
    const started = performance.now();
    await expect(silent.read(['k'])).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(5000);
  },
);
