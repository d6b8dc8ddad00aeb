import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../lambdas/shared/protocol/image';
import { type Answer, INFER, predictFunction } from '../function';
import { goldenOf, manifestOf } from '../manifest';

const digits = predictFunction('digits');
const golden = goldenOf('digits');
const cases = golden.cases.filter(({ inputs }) => inputs[0]?.shape[0] === 1);
const png = { headers: { 'Content-Type': 'image/png' } };
const jpg = { headers: { 'Content-Type': 'image/jpeg' } };

/** The pixels of a golden case as RGBA, each enlarged to a square of `zoom`. */
function pixelsOf(values: readonly unknown[], zoom = 1) {
  const size = 28 * zoom;
  const data = Buffer.alloc(size * size * 4, 255);
  for (let at = 0; at < size * size; at++) {
    const [x, y] = [Math.floor((at % size) / zoom), Math.floor(at / size / zoom)];
    data.fill(Math.round(Number(values[y * 28 + x]) * 255), at * 4, at * 4 + 3);
  }
  return { width: size, height: size, data };
}

function encodePng(values: readonly unknown[], zoom?: number, options: { colorType?: 0; bitDepth?: 16 } = {}): Buffer {
  const { data, height, width } = pixelsOf(values, zoom);
  const image = new PNG({ width, height });
  image.data = options.bitDepth === 16 ? Buffer.from(Uint16Array.from(data, (value) => value * 257).buffer) : data;
  return PNG.sync.write(image, options);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function headerOf(width: number, height: number, depth = 8, colour = 0): Buffer {
  const content = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, colour, 0, 0, 0]);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  return chunk('IHDR', content);
}

const SIGNATURE = encodePng([]).subarray(0, 8);
const pngOf = (...chunks: Buffer[]) => Buffer.concat([SIGNATURE, ...chunks, chunk('IEND', Buffer.alloc(0))]);
const rowsOf = (bytes: number) => chunk('IDAT', deflateSync(Buffer.alloc(bytes)));
/** All rows of a grey image of 28 x 28. */
const ROWS = 29 * 28;

function probabilities(answer: Answer): number[] {
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json.predictions[0].probabilities;
}

describe('[1.5] image bodies for an image model', () => {
  it.each(cases)('a PNG gives what its pixels give: $name', async ({ inputs, outputs }) => {
    const values = inputs[0]?.data ?? [];
    const expected = outputs.find(({ name }) => name === 'probabilities')?.data as number[];
    const body = encodePng(values);
    for (const [i, value] of probabilities(await digits.post('/predict', body, png)).entries()) {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(golden.tolerance);
    }
    const infer = await digits.post(INFER, body, { ...png, parameters: { model: 'digits' } });
    expect(infer.json.outputs[0]).toMatchObject({ name: 'label', shape: [1] });
  });

  it.each(cases)('a JPEG, a larger, a grey and a 16-bit PNG give the same digit: $name', async (testCase) => {
    const values = testCase.inputs[0]?.data ?? [];
    const label = testCase.outputs.find(({ name }) => name === 'label')?.data?.[0];
    const bodies = [
      [jpeg.encode(pixelsOf(values, 4), 95).data, jpg],
      [encodePng(values, 5), png],
      [encodePng(values, 1, { colorType: 0 }), png],
      [encodePng(values, 1, { bitDepth: 16 }), png],
    ] as const;
    for (const [body, options] of bodies) {
      expect((await digits.post('/predict', body, options)).json.predictions[0].label).toBe(label);
    }
  });

  it('the layout, the scale and the channels are the card’s; transparency is over black', async () => {
    const image = new PNG({ width: 2, height: 1 });
    image.data = Buffer.from([255, 0, 10, 255, 0, 100, 20, 128]);
    for (const [layout, expected] of [
      ['NCHW', [510, 0, 0, 100.4, 20, 20.08]],
      ['NHWC', [510, 0, 20, 0, 100.4, 20.08]],
    ] as const) {
      const inference = await decodeImage(PNG.sync.write(image), 'image/png', {
        ...manifestOf('digits'),
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1, -1, -1] }],
        image: { input: 'x', width: 2, height: 1, channels: 3, scale: 2, layout },
      });
      const [input] = inference.inputs;
      expect(input?.shape).toEqual(layout === 'NCHW' ? [1, 3, 1, 2] : [1, 1, 2, 3]);
      for (const [i, value] of expected.entries()) expect(input?.data[i]).toBeCloseTo(value, 1);
    }
  });

  const good = encodePng(cases[0]?.inputs[0]?.data ?? []);
  const goodJpeg = jpeg.encode(pixelsOf(cases[0]?.inputs[0]?.data ?? []), 90).data;
  const changed = (buffer: Buffer, at: number, bytes: number[]) => {
    const copy = Buffer.from(buffer);
    copy.set(bytes, at);
    return copy;
  };
  const scans = (count: number) =>
    Array.from({ length: count }, () => goodJpeg.subarray(goodJpeg.indexOf('\xff\xda', 'latin1'), -2));
  const sof = goodJpeg.indexOf(Buffer.from([0xff, 0xc0]));

  it.each([
    ['text', Buffer.from('not an image'), png],
    ['a JPEG that says it is a PNG', goodJpeg, png],
    ['a PNG that says it is a JPEG', good, jpg],
    ['a truncated PNG', good.subarray(0, good.length / 2), png],
    ['only the head of a PNG', good.subarray(0, 40), png],
    ['a truncated JPEG', goodJpeg.subarray(0, 300), jpg],
    ['a PNG of 0 pixels', changed(good, 16, [0, 0, 0, 0]), png],
    ['a PNG bomb', changed(good, 16, [0, 1, 0, 0, 0, 1, 0, 0]), png],
    ['a JPEG bomb', changed(goodJpeg, sof + 5, [0xff, 0xff, 0xff, 0xff]), jpg],
    ['an interlaced PNG', changed(good, 28, [1]), png],
    ['a PNG with half of its rows', pngOf(headerOf(28, 28), rowsOf(ROWS / 2)), png],
    ['a PNG that lacks a byte', pngOf(headerOf(28, 28), rowsOf(ROWS - 1)), png],
    ['a PNG with a byte too many', pngOf(headerOf(28, 28), rowsOf(ROWS + 1)), png],
    ['a PNG with many rows too many', pngOf(headerOf(28, 28), rowsOf(1e8)), png],
    ['a side of more than 16384 pixels', pngOf(headerOf(1, 16_385), rowsOf(2 * 16_385)), png],
    ['a JPEG of a hundred scans and more', Buffer.concat([goodJpeg.subarray(0, -2), ...scans(101)]), jpg],
    ['a PNG without data', pngOf(headerOf(28, 28)), png],
    ['a PNG with no byte of data', pngOf(headerOf(28, 28), chunk('IDAT', Buffer.alloc(0))), png],
    ['a PNG whose data inflate to nothing', pngOf(headerOf(28, 28), rowsOf(0)), png],
    ['a second header', pngOf(headerOf(28, 28), headerOf(20_000, 20_000), rowsOf(ROWS)), png],
    ['a second header behind the data', pngOf(headerOf(28, 28), rowsOf(ROWS), headerOf(20_000, 20_000)), png],
    ['a header that is not the first chunk', pngOf(rowsOf(ROWS), headerOf(28, 28)), png],
    ['a header of 14 bytes', pngOf(chunk('IHDR', Buffer.alloc(14, 1)), rowsOf(ROWS)), png],
    ['a depth that its colours do not have', pngOf(headerOf(28, 28, 16, 3), rowsOf(ROWS)), png],
    ['a PNG without an end', Buffer.concat([SIGNATURE, headerOf(28, 28), rowsOf(ROWS)]), png],
    ['a PNG with a broken checksum', changed(good, 50, [1, 2, 3, 4]), png],
  ])('[X.2] %s is 400 INVALID_IMAGE, and the model is not run', async (_, body, options) => {
    const before = digits.runs();
    const answer = await digits.post('/predict', body, options);
    expect(answer.json).toMatchObject({ code: 'INVALID_IMAGE' });
    expect(answer.statusCode).toBe(400);
    expect(digits.runs()).toBe(before);
  });

  it.each([
    ['grey', headerOf(28, 28), [rowsOf(ROWS)]],
    ['1-bit grey', headerOf(28, 28, 1), [rowsOf(5 * 28)]],
    ['16-bit RGB', headerOf(28, 28, 16, 2), [rowsOf(169 * 28)]],
    ['4-bit palette', headerOf(28, 28, 4, 3), [chunk('PLTE', Buffer.alloc(3)), rowsOf(15 * 28)]],
    ['grey with alpha', headerOf(28, 28, 8, 4), [rowsOf(57 * 28)]],
  ])('a PNG of a single colour: %s', async (_, header, chunks) => {
    const black = probabilities(await digits.post('/predict', encodePng(new Array(784).fill(0)), png));
    expect(probabilities(await digits.post('/predict', pngOf(header, ...chunks), png))).toEqual(black);
  });

  it('[X.2] damaged images are answered with 200 or 400', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(damage, fc.boolean(), async (changes, isPng) => {
        const body = Buffer.from(isPng ? good : goodJpeg);
        for (const [at, byte] of changes) body[at % body.length] = byte;
        const answer = await digits.post('/predict', body, isPng ? png : jpg);
        expect([200, 400], answer.body).toContain(answer.statusCode);
      }),
      { numRuns: 100 },
    );
  });

  it('a model that takes no images says so', async () => {
    const answer = await predictFunction('iris').post('/predict', good, png);
    expect(answer.statusCode).toBe(415);
  });
});
