import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { Golden } from '../../../../lambdas/shared/contract';
import { cpuOf, ownCpu } from '../../../../lambdas/shared/session/cpu';
import { createOnnxSession } from '../../../../lambdas/shared/session/onnxruntime';
import type { SessionOptions } from '../../../../lambdas/shared/session/session';
import { INFER, predictFunction, type TestFunction } from '../../function';
import { goldenOf, modelFolder } from '../../manifest';

const CPU = ownCpu();
const OTHER = CPU === 'avx2' ? 'avx2-avx512f' : 'avx2';

test.each([
  ['Intel Skylake', 'flags\t\t: fpu sse4_2 avx f16c avx2 avx512f avx512dq avx512bw', 'avx2-avx512f'],
  ['Intel Ice Lake, whose VNNI chooses kernels only', 'flags\t\t: avx avx2 avx512f avx512_vnni', 'avx2-avx512f'],
  ['AMD EPYC of the third generation', 'flags\t\t: avx avx2 bmi2\n\nflags\t\t: avx avx2 bmi2', 'avx2'],
  ['the order of the system does not count', 'flags : avx512f avx2', 'avx2-avx512f'],
  ['x86_64 without AVX2', 'flags : sse4_2 avx', undefined],
  ['arm64', 'Features\t: fp asimd evtstrm aes pmull sha1', undefined],
])('what artefacts for a CPU are called: %s', (_, cpuinfo, name) => {
  expect(cpuOf(cpuinfo)).toBe(name);
});

describe.runIf(CPU)('an artefact optimised for this CPU', () => {
  let optimized: Buffer;
  beforeAll(async () => {
    optimized = await optimizedOf('digits');
  });

  /** A function of the digits with an artefact; `asked` tells how its sessions were created. */
  function functionWith(artefact: Buffer, cpu = CPU as string) {
    const asked: (SessionOptions & { readonly path: string })[] = [];
    const sha256 = createHash('sha256').update(artefact).digest('hex');
    const fn = predictFunction('digits', {
      manifest: { optimized: { [cpu]: { 'model.onnx': sha256 } } },
      createSession: (path, options) => {
        asked.push({ path: `${path}`, ...options });
        return createOnnxSession(path, options);
      },
    });
    const folder = join(fn.modelDir, 'optimized', cpu);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'model.onnx'), artefact);
    return { fn, asked, file: join(folder, 'model.onnx') };
  }

  it('serves, as it is and after its golden cases; the first line says so', async () => {
    const { fn, asked, file } = functionWith(optimized);
    await expectGoldenAnswers(fn);
    expect(asked).toEqual([{ path: file, threads: 1, optimized: true }]);
    expect(fn.log[0]).toMatchObject({ event: 'model_loaded', optimized: CPU, loadMs: expect.any(Number) });
    // Three golden cases as it loaded, and three requests.
    expect(fn.runs()).toBe(6);
  });

  it('for another CPU is passed over without a word', async () => {
    const { fn, asked } = functionWith(optimized, OTHER);
    await expectGoldenAnswers(fn);
    expect(asked).toEqual([{ path: join(fn.modelDir, 'model.onnx'), threads: 1, optimized: undefined }]);
    expect(fn.log[0]).toMatchObject({ event: 'model_loaded' });
    expect(fn.log[0]).not.toHaveProperty('optimized');
  });

  describe.each<[string, (file: string, modelDir: string) => void, () => Buffer | Promise<Buffer>, RegExp]>([
    ['another file', (file) => writeFileSync(file, 'x'), () => optimized, /^model\.onnx has sha256 \w{64}, expected/],
    ['no file', (file) => rmSync(file), () => optimized, /ENOENT/],
    ['no model', () => {}, () => optimized.subarray(0, 1000), /protobuf parsing failed/i],
    [
      'another signature',
      () => {},
      () => readFileSync(join(modelFolder('iris'), 'model.onnx')),
      /card lists input "image"/,
    ],
    ['wrong answers', () => {}, () => spoilt(optimized), /^golden case ".*", output ".*": value \d+ is .*, expected/],
    [
      'nothing to check it with',
      (_, modelDir) => rmSync(join(modelDir, 'golden.json')),
      () => optimized,
      /there are no golden cases/,
    ],
  ])('with %s', (_, meddle, artefact, reason) => {
    it('is told in the log, and the portable model serves', async () => {
      const { fn, asked, file } = functionWith(await artefact());
      meddle(file, fn.modelDir);
      await expectGoldenAnswers(fn);
      const [told, loaded] = fn.log;
      expect(told).toMatchObject({ event: 'optimized_failed', model: 'digits', cpu: CPU });
      expect(told?.reason).toMatch(reason);
      expect(loaded).toMatchObject({ event: 'model_loaded' });
      expect(loaded).not.toHaveProperty('optimized');
      expect(asked.at(-1)).toEqual({ path: join(fn.modelDir, 'model.onnx'), threads: 1, optimized: undefined });
    });

    it('[1.4] fails the self-test of a release', async () => {
      const { fn, file } = functionWith(await artefact());
      meddle(file, fn.modelDir);
      await expect(fn.invoke({})).rejects.toThrow(`Self-test failed: the artefact for ${CPU} does not pass: `);
    });
  });

  it('[1.4] the self-test of a release tests the portable model too', async () => {
    const { fn, asked } = functionWith(optimized);
    expect(await fn.invoke({})).toMatchObject({ model: { name: 'digits' }, cases: 3 });
    expect(asked.map((each) => each.optimized)).toEqual([true, undefined]);
    const { fn: broken } = functionWith(optimized);
    writeFileSync(join(broken.modelDir, 'model.onnx'), 'x');
    await expect(broken.invoke({})).rejects.toThrow(/Self-test failed: model\.onnx has sha256/);
    expect(broken.log.map(({ event }) => event)).toEqual(['model_loaded', 'self_test_failed']);
  });
});

/** Each golden case as a request, answered within the tolerance. */
async function expectGoldenAnswers(fn: TestFunction): Promise<void> {
  const { cases, tolerance }: Golden = goldenOf('digits');
  for (const { inputs, outputs } of cases) {
    const answer = await fn.post(INFER, { inputs }, { parameters: { model: 'digits' } });
    expect(answer.statusCode, answer.body).toBe(200);
    for (const { name, data } of outputs) {
      const given: number[] = answer.json.outputs.find((each: { name: string }) => each.name === name).data;
      expect(given).toHaveLength((data as unknown[]).length);
      for (const [i, value] of (data as number[]).entries()) {
        expect(Math.abs((given[i] as number) - value)).toBeLessThanOrEqual(tolerance);
      }
    }
  }
}

/** What ONNX Runtime writes on this CPU: it has layouts that no ONNX file has. */
async function optimizedOf(name: string): Promise<Buffer> {
  const file = join(mkdtempSync(join(tmpdir(), 'optimized-')), 'model.onnx');
  const options = { graphOptimizationLevel: 'all', optimizedModelFilePath: file } as const;
  await (await InferenceSession.create(join(modelFolder(name), 'model.onnx'), options)).release();
  const content = readFileSync(file);
  expect(content.includes('com.microsoft.nchwc')).toBe(true);
  return content;
}

/** The same graph with other weights: nearly all of the file is one matrix. */
function spoilt(model: Buffer): Buffer {
  const quarter = model.length >> 2;
  return Buffer.from(model).fill(0, quarter, 3 * quarter);
}
