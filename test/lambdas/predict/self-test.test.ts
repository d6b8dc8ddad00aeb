import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { predictFunction } from '../function';

describe('[1.4] the self-test of a release, by an empty event', () => {
  const good = ['iris', 'digits', 'two-in-two-out', 'scalar', 'slow'];
  const types = ['bool', 'bytes', 'fp16', 'fp32', 'fp64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint64'];

  it.each([...good, ...types.map((type) => `identity-${type}`)])('%s passes', async (name) => {
    const fn = predictFunction(name);
    expect(await fn.invoke({})).toMatchObject({ model: { name }, cases: expect.any(Number) });
    expect(fn.runs()).toBeGreaterThan(0);
    expect(await fn.invoke(null)).toMatchObject({ model: { name } });
  });

  it.each([
    ['wrong-golden', /golden case "one row", output "y": value 0 is 2, expected 2\.0999/],
    ['corrupt', /not ready/],
    ['custom-op', /not ready/],
    ['external-data', /not ready/],
    ['sequence-output', /the card gives output "y" as FP32, the model has another type/],
  ])('%s is refused', async (name, reason) => {
    const fn = predictFunction(name);
    await expect(fn.invoke({})).rejects.toThrow(reason);
    expect(fn.log.at(-1)).toMatchObject({ event: 'self_test_failed', reason: expect.stringMatching(reason) });
  });

  it('a wrong hash is refused', async () => {
    const fn = predictFunction('iris', { manifest: { sha256: 'abc' } });
    await expect(fn.invoke({})).rejects.toThrow(/model\.onnx has sha256 [\da-f]{64}, expected abc/);
  });

  it('golden cases are optional, broken ones are refused', async () => {
    const fn = predictFunction('iris');
    const golden = join(fn.modelDir, 'golden.json');
    writeFileSync(golden, '{');
    await expect(fn.invoke({})).rejects.toThrow(/Self-test failed/);
    rmSync(golden);
    expect(await fn.invoke({})).toMatchObject({ cases: 0 });
  });
});
