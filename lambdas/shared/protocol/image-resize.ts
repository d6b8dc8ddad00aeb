import type { Pixels } from './image-file';

/**
 * Resizes with a triangle filter that widens when it shrinks: bilinear when enlarging, weighted areas when shrinking.
 * It is the filter of Pillow's `BILINEAR`, with which most image models were trained.
 */
export function resize({ width, height, channels, data }: Pixels, toWidth: number, toHeight: number): Float32Array {
  const across = width === toWidth ? data : resizeLines(data, height, width, channels, toWidth);
  if (height === toHeight) return across;
  return resizeLines(across, 1, height, toWidth * channels, toHeight);
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
