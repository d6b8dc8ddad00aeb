import type { Pixels } from './image-file';

/**
 * Resizes with a triangle filter that widens when it shrinks: bilinear when enlarging, weighted areas when shrinking.
 * It is the filter of Pillow's `BILINEAR`, with which most image models were trained. Columns and rows are resized one
 * after the other, first those that leave less in between: a line of pixels must not become a square of its length.
 */
export function resize({ width, height, channels, data }: Pixels, toWidth: number, toHeight: number): Float32Array {
  if (toWidth * height <= width * toHeight) {
    return resizeRows(resizeColumns(data, height, width, channels, toWidth), height, toWidth * channels, toHeight);
  }
  return resizeColumns(resizeRows(data, height, width * channels, toHeight), toHeight, width, channels, toWidth);
}

function resizeColumns(data: Float32Array, height: number, width: number, channels: number, toWidth: number) {
  return width === toWidth ? data : resizeLines(data, height, width, channels, toWidth);
}

function resizeRows(data: Float32Array, height: number, line: number, toHeight: number) {
  return height === toHeight ? data : resizeLines(data, 1, height, line, toHeight);
}

/**
 * Resamples the middle axis of `[outer, length, inner]` to `toLength`. Columns of an image are its middle axis with
 * the rows outside and the channels inside; rows are, with whole lines inside.
 */
function resizeLines(source: Float32Array, outer: number, length: number, inner: number, toLength: number) {
  const target = new Float32Array(outer * toLength * inner);
  const scale = length / toLength;
  const support = Math.max(scale, 1);
  for (let to = 0; to < toLength; to++) {
    const centre = (to + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const last = Math.min(length, Math.floor(centre + support + 0.5));
    const weights: number[] = [];
    let total = 0;
    for (let from = first; from < last; from++) {
      const weight = Math.max(0, 1 - Math.abs((from + 0.5 - centre) / support));
      weights.push(weight);
      total += weight;
    }
    for (let line = 0; line < outer; line++) {
      for (let w = 0; w < weights.length; w++) {
        const weight = (weights[w] as number) / total;
        const from = (line * length + first + w) * inner;
        const at = (line * toLength + to) * inner;
        for (let i = 0; i < inner; i++)
          target[at + i] = (target[at + i] as number) + weight * (source[from + i] as number);
      }
    }
  }
  return target;
}
