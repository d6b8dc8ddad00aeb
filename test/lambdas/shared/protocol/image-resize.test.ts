import { afterEach, describe, expect, it, vi } from 'vitest';
import { resize } from '../../../../lambdas/shared/protocol/image-resize';

const line = (...values: number[]) => ({
  width: values.length,
  height: 1,
  channels: 1,
  data: new Float32Array(values),
});
const rounded = (values: Float32Array) => Array.from(values, (value) => Math.round(value * 1000) / 1000);

describe('resize', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ['tall', 1, 16_384],
    ['wide', 16_384, 1],
  ])('a %s line of pixels does not become a square on its way', (_, width, height) => {
    const image = { width, height, channels: 1, data: new Float32Array(16_384).fill(7) };
    const allocated: number[] = [];
    vi.stubGlobal(
      'Float32Array',
      class extends Float32Array {
        constructor(length: number) {
          super(length);
          allocated.push(length);
        }
      },
    );
    expect(new Set(rounded(resize(image, 224, 224)))).toEqual(new Set([7]));
    expect(allocated).toEqual([224, 224 * 224]);
  });

  it('is bilinear when it enlarges', () => {
    expect(rounded(resize(line(0, 10), 4, 1))).toEqual([0, 2.5, 7.5, 10]);
  });

  it('weighs areas when it shrinks', () => {
    // What Pillow's BILINEAR gives: the triangle reaches two pixels to each side of the new pixel's centre.
    expect(rounded(resize(line(0, 10, 20, 30), 2, 1))).toEqual([7.143, 22.857]);
  });

  it('keeps an even area even, and the same size the same', () => {
    const flat = { width: 7, height: 5, channels: 3, data: new Float32Array(105).fill(42) };
    expect(new Set(rounded(resize(flat, 3, 9)))).toEqual(new Set([42]));
    const image = { width: 2, height: 2, channels: 1, data: new Float32Array([1, 2, 3, 4]) };
    expect(resize(image, 2, 2)).toEqual(image.data);
  });

  it('does rows as it does columns, and channels apart', () => {
    const tall = { width: 1, height: 2, channels: 2, data: new Float32Array([0, 100, 10, 200]) };
    expect(rounded(resize(tall, 1, 4))).toEqual([0, 100, 2.5, 125, 7.5, 175, 10, 200]);
  });
});
