import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INFER, predictFunction } from '../function';

const RUNS = { numRuns: 150 };
const names = fc.constantFrom('a', 'b', 'x', '__proto__', 'sum', '');
const datatypes = fc.constantFrom('FP32', 'INT64', 'FP16', 'BYTES', 'FP128', 7);
const sizes = fc.array(fc.constantFrom(-1, 0, 1, 2, 3, 1e9, 2 ** 53, 0.5, '3', null), { maxLength: 4 });
const values = fc.jsonValue({ maxDepth: 4 });
const almostTensor = fc.record(
  { name: names, datatype: datatypes, shape: fc.oneof(sizes, values), data: values, raw: fc.base64String() },
  { requiredKeys: ['name'] },
);
const almostRequest = fc.record(
  {
    id: fc.oneof(fc.string(), values),
    inputs: fc.oneof(fc.array(fc.oneof(almostTensor, values), { maxLength: 3 }), values),
    outputs: fc.oneof(fc.array(fc.record({ name: names })), values),
    instances: fc.oneof(fc.array(fc.dictionary(names, values)), values),
    parameters: values,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  almostRequest.map((request) => JSON.stringify(request)),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);
const types = fc.constantFrom('application/json', 'image/png', 'image/jpeg', 'text/plain', '', ';');

describe('[X.2] garbage is refused: never a 5xx, never thrown', () => {
  it.each([
    ['two-in-two-out', INFER],
    ['two-in-two-out', '/predict'],
    ['identity-bytes', INFER],
    ['digits-fast', '/predict'],
  ])('%s %s', async (name, resource) => {
    const fn = predictFunction(name);
    await fc.assert(
      fc.asyncProperty(body, types, async (garbage, type) => {
        const answer = await fn.post(resource, garbage, { headers: { 'Content-Type': type } });
        expect(answer.statusCode, answer.body).toBeLessThan(500);
        if (answer.statusCode !== 200) expect(answer.json.code).toMatch(/^[A-Z_]+$/);
      }),
      RUNS,
    );
  });

  it('by direct invoke it is returned', async () => {
    const fn = predictFunction('two-in-two-out');
    await fc.assert(
      fc.asyncProperty(almostRequest, fc.dictionary(fc.string(), values), async (request, rest) => {
        const answer = await fn.invoke({ v: 1, requestId: 'r', deadlineMs: Date.now() + 60_000, request, ...rest });
        expect((answer as { status: number }).status).toBeLessThan(500);
      }),
      RUNS,
    );
  });
});
