import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as fsPromises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadModel } from '../../../../lambdas/shared/session/model-download';
import { rangesOf } from '../../../../lambdas/shared/session/object-ranges';
import { type ReadObject, s3Reader } from '../../../../lambdas/shared/session/s3';
import { BUCKET, error, type FakeS3, startFakeS3 } from './fake-s3';

vi.mock('node:fs/promises', { spy: true });

const MIB = 1024 * 1024;
const large = randomBytes(30 * MIB + 12345);
const small = randomBytes(5 * MIB);
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith('model-'));

let s3: FakeS3;
let read: ReadObject;

beforeAll(async () => {
  // Other tests have folders in the common one.
  vi.stubEnv('TMPDIR', mkdtempSync(join(tmpdir(), 'download-')));
  s3 = await startFakeS3();
  read = s3Reader(JSON.parse(s3.env.SERVING_CLIENT_OPTIONS ?? ''));
});
beforeEach(() => {
  s3.reset();
  s3.objects.set('large.onnx', large);
  s3.objects.set('small.onnx', small);
});
afterAll(() => {
  vi.unstubAllEnvs();
  return s3.close();
});

const download = (key: string, hash?: string) => downloadModel({ bucket: BUCKET, key, sha256: hash }, read);
const ofLarge = () => download('large.onnx', sha256(large));

describe('a download', () => {
  it('of a small model is one request, and no file is written', async () => {
    const { model, release } = await download('small.onnx', sha256(small));
    expect(Buffer.compare(model as Buffer, small)).toBe(0);
    expect(s3.requests).toEqual(['small.onnx bytes=0-8388607']);
    expect(leftBehind()).toEqual([]);
    await release();
  });

  it('of a large model is a file, by several ranges at once, and the release removes it', async () => {
    const { model, release, sha256: hash } = await ofLarge();
    expect(Buffer.compare(readFileSync(model as string), large)).toBe(0);
    expect(hash).toBe(sha256(large));
    expect(s3.requests.sort()).toEqual([
      'large.onnx bytes=0-8388607',
      'large.onnx bytes=16777216-25165823',
      'large.onnx bytes=25165824-31469624',
      'large.onnx bytes=8388608-16777215',
    ]);
    expect(s3.busiest()).toBeGreaterThan(1);
    await release();
    expect(leftBehind()).toEqual([]);
  });

  it.each([1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 3000 * MIB])('of %d bytes asks for every byte once', (bytes) => {
    const ranges = rangesOf(bytes);
    expect(ranges[0]?.[0]).toBe(0);
    expect(ranges.at(-1)?.[1]).toBe(bytes - 1);
    for (const [i, [start]] of ranges.entries()) if (i) expect(start).toBe((ranges[i - 1]?.[1] ?? 0) + 1);
  });

  it('goes on after answers that fail, break off or are too short', async () => {
    const faults = [
      (response: Parameters<NonNullable<FakeS3['fault']>>[1]) => error(response, 503, 'SlowDown'),
      (response: Parameters<NonNullable<FakeS3['fault']>>[1]) => {
        response.writeHead(206, { 'content-range': `bytes 0-1/${large.length}`, 'content-length': 1000 });
        response.write('some');
        response.destroy();
        return true;
      },
      (response: Parameters<NonNullable<FakeS3['fault']>>[1]) => {
        response.writeHead(206, { 'content-range': `bytes 0-1/${large.length}` }).end('some');
        return true;
      },
    ];
    let number = 0;
    // Every other request goes wrong, each time in another way.
    s3.fault = (_, response) => number++ % 2 === 0 && (faults[(number / 2) | 0]?.(response) ?? false);
    const { model, release } = await ofLarge();
    expect(Buffer.compare(readFileSync(model as string), large)).toBe(0);
    expect(s3.requests).toHaveLength(4 + faults.length);
    await release();
  });

  it.each<[string, () => void, RegExp, number]>([
    ['not there', () => s3.objects.clear(), /s3:\/\/models-bucket\/large\.onnx cannot be read: NoSuchKey/, 1],
    [
      'not allowed',
      () => {
        s3.fault = (_, response) => error(response, 403, 'AccessDenied');
      },
      /AccessDenied \(not allowed, or not there\)/,
      1,
    ],
    ['empty', () => s3.objects.set('large.onnx', Buffer.alloc(0)), /large\.onnx .*\(it is empty\)/, 1],
    ['of another hash', () => s3.objects.set('large.onnx', Buffer.concat([large, small])), /has sha256/, 5],
    [
      'on a store that always fails',
      () => {
        s3.fault = (_, response) => error(response, 500, 'InternalError');
      },
      /InternalError/,
      4,
    ],
  ])('of an object that is %s fails with the reason and leaves nothing behind', async (_, spoil, reason, requests) => {
    spoil();
    await expect(ofLarge()).rejects.toThrow(reason);
    expect(s3.requests).toHaveLength(requests);
    expect(leftBehind()).toEqual([]);
  });

  it('of an object that is overwritten meanwhile fails, and never mixes the two', async () => {
    const other = randomBytes(large.length);
    s3.fault = (request) => {
      if (request.headers.range !== 'bytes=0-8388607') s3.objects.set('large.onnx', other);
      return false;
    };
    await expect(ofLarge()).rejects.toThrow(/PreconditionFailed/);
    expect(leftBehind()).toEqual([]);
  });

  it('that /tmp has no room for says what to do, before it begins', async () => {
    vi.mocked(fsPromises.statfs).mockResolvedValueOnce({ bavail: 20, bsize: MIB } as never);
    await expect(ofLarge()).rejects.toThrow(/large\.onnx has 31 MiB and .* has 20 MiB left: raise ephemeralStorage/);
    expect(s3.requests).toHaveLength(1);
    expect(leftBehind()).toEqual([]);
  });

  it('removes what an earlier process of the environment left behind, and nothing of one that runs', async () => {
    const [dead, ours, running] = ['model-999999999-a', `model-${process.pid}-a`, `model-${process.ppid}-a`].map(
      (name) => join(tmpdir(), name),
    ) as [string, string, string];
    for (const folder of [dead, ours, running]) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'model.onnx'), 'part');
    }
    const { release } = await ofLarge();
    expect([dead, ours, running].map((folder) => existsSync(folder))).toEqual([false, false, true]);
    await release();
    await fsPromises.rm(running, { recursive: true });
  });
});
