import type { Bar, Result } from './result';

const COLOURS = ['#9aa5b1', '#c3cbd3', '#4c78a8', '#f58518', '#54a24b'];
const TITLE = 'Process start to first prediction (ms, median)';
const LEFT = 240;
const WIDTH = 640;
const ROW = 26;

/** The time to the first prediction as an SVG: one bar per subject, one colour per phase. */
export function plot(results: readonly Result[]): string {
  const bars = results.flatMap((result) => result.bars ?? []);
  const longest = Math.max(1, ...bars.map(total));
  const rows = bars.map((bar, i) => drawBar(bar, i * ROW + 40, WIDTH / longest));
  const height = bars.length * ROW + 60;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 80}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${TITLE}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="12" y="22" font-size="14">${TITLE}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function drawBar(bar: Bar, y: number, scale: number): string {
  let x = LEFT;
  const parts = bar.parts.map(({ name, value }, i) => {
    const width = Math.max(0, value * scale);
    const part = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="18" fill="${COLOURS[i % COLOURS.length]}"><title>${name}: ${value.toFixed(1)} ms</title></rect>`;
    x += width;
    return part;
  });
  const label = `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${bar.label}</text>`;
  const value = `<text x="${(x + 6).toFixed(1)}" y="${y + 13}">${total(bar).toFixed(0)}</text>`;
  return [label, ...parts, value].join('');
}

function total({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}
