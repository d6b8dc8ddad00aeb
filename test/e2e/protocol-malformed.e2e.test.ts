import { afterEach, describe, expect, inject, test } from 'vitest';
import type { HttpErrorBody } from '../../lambdas/shared/contract';
import { call, infer, post } from './client';
import { needing } from './needing';

const { url = '' } = inject('demo').services.iris ?? {};
const features = { name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
const path = '/v2/models/iris/infer';

/** JSON, then the values of one row. */
function binary(size: unknown, extra = 0): { body: Uint8Array; length: number } {
  const { data, ...input } = features;
  const header = Buffer.from(JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: size } }] }));
  return {
    body: Buffer.concat([header, Buffer.from(new Float32Array(data).buffer), Buffer.alloc(extra)]),
    length: header.length,
  };
}
const octets = (length: unknown) => ({
  'content-type': 'application/octet-stream',
  'inference-header-content-length': `${length}`,
});

describe('[X.2] what a caller may send by mistake or on purpose is a 4xx in our shape, and the next request is fine', () => {
  afterEach(async () => {
    expect((await infer(url, 'iris', { inputs: [features] })).status).toBe(200);
  });
  const expectRefused = ({ body, status }: { status: number; body: HttpErrorBody }, context: string) => {
    expect({ context, status: Math.floor(status / 100) }).toEqual({ context, status: 4 });
    expect(body).toMatchObject({ error: expect.any(String), code: expect.stringMatching(/^[A-Z_]+$/) });
    expect(body.requestId).toBeTruthy();
  };

  test('binary requests that lie', async () => {
    const { body, length } = binary(16);
    const lies: [string, Uint8Array, unknown][] = [
      ['a length beyond the body', body, 10_000],
      ['a length that is no number', body, 'x'],
      ['a length into the tensor', body, length + 3],
      ['a body cut short', body.subarray(0, -5), length],
      ['a size that is too small', binary(12).body, binary(12).length],
      ['a size that is too large', binary(99).body, binary(99).length],
      ['bytes too many', binary(16, 7).body, length],
      ['a size of text', binary('16').body, binary('16').length],
    ];
    for (const [name, bytes, header] of lies)
      expectRefused(await post<HttpErrorBody>(url + path, bytes, octets(header)), name);
    expect((await post(url + path, body, octets(length))).status).toBe(200);
  });

  test('bodies', async () => {
    const bodies: [string, string | Uint8Array][] = [
      ['half a JSON', '{"inputs": ['],
      ['no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
      ['a NUL', '\0'],
      ['a byte order mark alone', '\ufeff'],
      ['lone surrogates', '{"inputs":[{"name":"\\ud800"}]}'],
      ['brackets, deep', '['.repeat(50_000)],
      ['objects, deep', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
      ['a number of a thousand digits', `{"id":${'9'.repeat(1000)}}`],
      ['__proto__', '{"__proto__":{"inputs":[]}}'],
      ['an empty array', '[]'],
      ['a name of a megabyte', JSON.stringify({ inputs: [{ ...features, name: 'x'.repeat(1_000_000) }] })],
    ];
    for (const [name, body] of bodies) expectRefused(await post<HttpErrorBody>(url + path, body), name);
  });

  test('media types and encodings', async () => {
    const refused: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'image/png' },
    ];
    for (const headers of refused) {
      expectRefused(await post<HttpErrorBody>(url + path, { inputs: [features] }, headers), JSON.stringify(headers));
    }
  });

  needing('contentEncoding').test('a body that claims to be compressed', async () => {
    const answer = await post<HttpErrorBody>(url + path, { inputs: [features] }, { 'content-encoding': 'gzip' });
    expectRefused(answer, 'content-encoding');
  });

  // An unknown route is the gateway's to answer.
  needing('gatewayResponses').test('methods and paths', async () => {
    const calls: [string, string][] = [
      ['PUT', path],
      ['DELETE', path],
      ['PATCH', '/predict'],
      ['GET', path],
      ['POST', '/v2/health/live'],
      ['GET', '/v2/models'],
      ['GET', '/v2/models/iris/versions'],
      ['GET', '/v2/models/ir%20is'],
      ['GET', '/v2/models/%F0%9F%8C%B8'],
      ['GET', '/v2/models/%00'],
      ['GET', '/v2/models/..%2F..%2Fetc%2Fpasswd'],
      ['GET', `/v2/models/${'x'.repeat(3000)}`],
      ['POST', '/v2/models/iris/versions/0/infer'],
      ['GET', '/v2/repository/index'],
    ];
    for (const [method, route] of calls) {
      expectRefused(
        await call<HttpErrorBody>(url + route, { method, ...(method === 'GET' ? {} : { body: '{}' }) }),
        `${method} ${route.slice(0, 60)}`,
      );
    }
  });
});

test('the description of the service is at the service', async () => {
  const { body, status } = await call<{ openapi: string; paths: object }>(`${url}/openapi.json`);
  expect(status).toBe(200);
  expect(body.openapi).toBe('3.1.0');
  expect(JSON.stringify(body)).toContain('"const":"features"');
});
