import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import { CacheService } from './caches/cache-service';
import { golden, logLines } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const target = inject('target');
const dynamo = new DynamoDBClient(clientConfig(target));
const s3 = new S3Client({ ...clientConfig(target), forcePathStyle: true });
const SETOSA = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
const VIRGINICA = { sepal_length: 6.7, sepal_width: 3.0, petal_length: 5.2, petal_width: 2.3 };

let outputs: Outputs = {};
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'data-caches');
  // Until its refresh comes the other tests run.
  await put(service('DataRefreshed'), 'r1', SETOSA);
  await put(service('DataRefreshed'), 'r2', VIRGINICA);
});

const service = (stack: string) => new CacheService(target, outputs[stack] ?? {}, 'iris');
const ids = (...data: string[]) => ({ inputs: [{ name: 'id', datatype: 'BYTES', shape: [data.length], data }] });
const mark = (answer: { headers: Headers }) => answer.headers.get('x-data-cache');
const labelsOf = (answer: Awaited<ReturnType<CacheService['ask']>>) =>
  answer.body.outputs?.find(({ name }) => name === 'label')?.data;

async function put(cache: CacheService, id: string, flower: object): Promise<void> {
  await dynamo.send(new PutItemCommand({ TableName: cache.outputs.DataTable, Item: marshall({ id, ...flower }) }));
}

/** Reads of the store that requests completed. */
const storeReads = async (cache: CacheService) =>
  (await logLines(cache.outputs.CacheLogGroup ?? '')).filter(({ event }) => event === 'store_read').length;

describe('a table, asked together with the cache', () => {
  test('[9.1] [9.3] cold and warm are the same prediction, which is that of the golden case', async () => {
    const cache = service('DataInput');
    await put(cache, 'a', SETOSA);
    await put(cache, 'b', VIRGINICA);
    const cold = await cache.ask(ids('a', 'b'));
    expect(cold.status, JSON.stringify(cold.body)).toBe(200);
    expect([mark(cold), labelsOf(cold)]).toEqual(['0/2', [0, 2]]);
    const warm = await cache.ask(ids('a', 'b'));
    expect(mark(warm)).toBe('2/2');
    expect(warm.body).toEqual(cold.body);
    expect(golden('models/iris').cases[0]?.outputs[0]?.data).toEqual([labelsOf(cold)?.[0]]);
  });

  test('[9.5] [9.7] what changed in the table is found once the time of the entry is over', async () => {
    const cache = service('DataInput');
    await put(cache, 'c', SETOSA);
    expect(labelsOf(await cache.ask(ids('c')))).toEqual([0]);
    await put(cache, 'c', VIRGINICA);
    await cache.expire();
    expect(labelsOf(await cache.ask(ids('c')))).toEqual([2]);
  });

  test('[9.6] an unknown id is a 404 that names it; once it is there it is found', async () => {
    const cache = service('DataInput');
    const unknown = await cache.ask(ids('later'));
    expect([unknown.status, unknown.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(unknown.body.error).toContain('"later"');
    await put(cache, 'later', VIRGINICA);
    expect(labelsOf(await cache.ask(ids('later')))).toEqual([2]);
  });

  needing('iam').test('[9.6] cache down: the store; store down: hit 200, miss 503', async () => {
    const cache = service('DataInput');
    await put(cache, 'd', SETOSA);
    const cold = await cache.ask(ids('d'));
    await cache.without('Cache', 'dynamodb:BatchGetItem', async () => {
      // Of both tables: neither answers.
      const down = await cache.ask(ids('d'));
      expect([down.status, down.body.code, down.body.stage]).toEqual([503, 'UNAVAILABLE', 'data']);
    });
    await cache.withoutTable('Cache', cache.outputs.DataTable ?? '', async () => {
      const hit = await cache.ask(ids('d'));
      const miss = await cache.ask(ids('e'));
      expect([hit.status, mark(hit), miss.status]).toEqual([200, '1/1', 503]);
    });
    await cache.withoutTable('Cache', cache.outputs.Table ?? '', async () => {
      const answer = await cache.ask(ids('d'));
      expect([answer.status, mark(answer)]).toEqual([200, '0/1']);
      expect(answer.body).toEqual(cold.body);
    });
    expect(await cache.lines('cache_failed')).not.toEqual([]);
  });
});

describe('prepared', () => {
  test('[9.1] [9.4] [9.5] the stream of a table fills the cache before anybody asks, and keeps it as the table is', async () => {
    const cache = service('DataPrepared');
    await put(cache, 'p', SETOSA);
    await filled(cache, 1);
    const reads = await storeReads(cache);
    const first = await cache.ask(ids('p'));
    expect(first.status, JSON.stringify(first.body)).toBe(200);
    expect([mark(first), labelsOf(first)]).toEqual(['1/1', [0]]);
    expect(await storeReads(cache)).toBe(reads);
    await put(cache, 'p', VIRGINICA);
    await expect.poll(async () => labelsOf(await cache.ask(ids('p')))).toEqual([2]);
    await dynamo.send(new DeleteItemCommand({ TableName: cache.outputs.DataTable, Key: marshall({ id: 'p' }) }));
    await expect.poll(async () => (await cache.ask(ids('p'))).status).toBe(404);
  });

  needing('eventKeys').test(
    '[9.4] [9.5] objects of a bucket: EventBridge tells of each that is put, changed or deleted',
    async () => {
      const cache = service('DataBucket');
      const object = { Bucket: cache.outputs.Bucket, Key: 'users/q%2F1.json' };
      await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(SETOSA) }));
      await filled(cache, 1);
      const first = await cache.ask(ids('q/1'));
      expect(first.status, JSON.stringify(first.body)).toBe(200);
      expect([mark(first), labelsOf(first)]).toEqual(['1/1', [0]]);
      const changed = Date.now();
      await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(VIRGINICA) }));
      await expect.poll(async () => labelsOf(await cache.ask(ids('q/1')))).toEqual([2]);
      // Without the event it would be 31 days.
      expect(Date.now() - changed).toBeLessThan(30_000);
      await s3.send(new DeleteObjectCommand(object));
      await expect.poll(async () => (await cache.ask(ids('q/1'))).status).toBe(404);
      await s3.send(new PutObjectCommand({ ...object, Key: 'users/broken.json', Body: 'no JSON' }));
      await filled(cache, 4);
      const broken = await cache.ask(ids('broken'));
      expect([broken.status, broken.body.code, broken.body.stage]).toEqual([502, 'BAD_GATEWAY', 'data']);
    },
  );

  test('[9.4] [9.5] a schedule reads all of a table before anybody asks, and again what has changed', async () => {
    const cache = service('DataRefreshed');
    await expect.poll(() => cache.rows(), { timeout: 90_000, interval: 1000 }).toHaveLength(2);
    const both = await cache.ask(ids('r1', 'r2'));
    expect([mark(both), labelsOf(both)], JSON.stringify(both.body)).toEqual(['2/2', [0, 2]]);
    await put(cache, 'r1', VIRGINICA);
    expect(labelsOf(await cache.ask(ids('r1')))).toEqual([0]);
    // Sooner than its five minutes are over.
    await expect
      .poll(async () => labelsOf(await cache.ask(ids('r1'))), { timeout: 90_000, interval: 1000 })
      .toEqual([2]);
  }, 240_000);

  async function filled(cache: CacheService, least: number): Promise<void> {
    const lines = async () =>
      (await logLines(cache.outputs.FillerLogGroup ?? '')).filter(({ event }) => event === 'filled').length;
    await expect.poll(lines, { interval: 500 }).toBeGreaterThanOrEqual(least);
  }
});
