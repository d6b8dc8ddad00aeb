import type { ImageSpec, OutputSpec, WireTensor } from '../../lambdas/shared/contract';

/** What differs between the answer and what must come back; nothing when it is right. */
export function difference(
  expected: readonly WireTensor[],
  actual: readonly WireTensor[],
  tolerance: number,
): string | undefined {
  for (const wanted of expected) {
    const got = actual.find(({ name }) => name === wanted.name);
    if (!got) {
      return `no output ${wanted.name}`;
    }
    const [want, have] = [flat(wanted.data), flat(got.data)];
    if (want.length !== have.length) {
      return `${wanted.name} has ${have.length} values instead of ${want.length}`;
    }
    const at = want.findIndex((value, index) => !isClose(value, have[index], tolerance));
    if (at >= 0) {
      return `${wanted.name}[${at}] is ${have[at]} instead of ${want[at]}`;
    }
  }
  return undefined;
}

function isClose(expected: unknown, actual: unknown, tolerance: number): boolean {
  return typeof expected === 'number' && typeof actual === 'number'
    ? Math.abs(expected - actual) <= (Number.isInteger(expected) && Number.isInteger(actual) ? 0 : tolerance)
    : String(expected) === String(actual);
}

function flat(data: readonly unknown[] = []): unknown[] {
  return data.flat(Number.POSITIVE_INFINITY);
}

const MANY = 8;

/** A tensor in a few words: its values when they are few, else its datatype and shape. */
export function describeTensor({ name, datatype, shape, data }: WireTensor): string {
  const values = flat(data);
  return values.length > MANY
    ? `${name} ${datatype} ${shape.join('×')}`
    : `${name} [${values.map((value) => (typeof value === 'number' ? round(value) : String(value))).join(', ')}]`;
}

/** An answer in a few words: class names where the card has them, the likeliest class of a vector of scores. */
export function describeAnswer(outputs: readonly WireTensor[], specs: readonly OutputSpec[]): string {
  const parts = outputs.map((output) => {
    const labels = specs.find(({ name }) => name === output.name)?.labels;
    const values = flat(output.data).map(Number);
    if (!labels) {
      return describeTensor(output);
    }
    if (values.length === 1) {
      return labels[values[0] ?? -1] ?? String(values[0]);
    }
    const best = values.slice(0, labels.length).reduce((top, value, i, all) => (value > (all[top] ?? 0) ? i : top), 0);
    return `${labels[best]} (${round(values[best] ?? 0, 3)})`;
  });
  // A class that is also named with its score is named once.
  return parts.filter((part) => !parts.some((other) => other.startsWith(`${part} `))).join(', ');
}

function round(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)));
}

const SHADES = ' .:-=+*#%@';

/** A grey image as text, two pixel rows to a line because characters are twice as high as wide. */
export function drawImage({ data }: WireTensor, { width, height, channels }: ImageSpec): string | undefined {
  if (channels !== 1) {
    return undefined;
  }
  const pixels = flat(data)
    .slice(0, width * height)
    .map(Number);
  const brightest = Math.max(...pixels, Number.MIN_VALUE);
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const above = pixels[y * width + x] ?? 0;
      const below = pixels[(y + 1) * width + x] ?? above;
      line += SHADES[Math.round(((above + below) / 2 / brightest) * (SHADES.length - 1))] ?? ' ';
    }
    lines.push(line.trimEnd());
  }
  // Empty lines above and below the drawing say nothing.
  return lines.join('\n').replace(/^\n+|\n+$/g, '');
}
