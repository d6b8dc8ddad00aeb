export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A number with the target it is held against. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly target: number;
  readonly unit: string;
}

/** One bar of the plot: parts that add up. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly { readonly name: string; readonly value: number }[];
}

export interface Result {
  readonly name: string;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly bars?: readonly Bar[];
  /** Load average when it began: above about 0.5 something else ran, and only ratios mean something. */
  readonly load?: number;
}

export function print({ tables, targets, load }: Result): void {
  console.log(`\nload average at the start: ${load?.toFixed(2)}`);
  for (const { title, columns, rows } of tables) {
    console.log(`\n${title}\n`);
    const text = [columns, ...rows].map((row) => row.map(format));
    const widths = columns.map((_, column) => Math.max(...text.map((row) => row[column]?.length ?? 0)));
    for (const [i, row] of text.entries()) {
      console.log(`| ${row.map((cell, at) => pad(cell, widths[at] ?? 0, at > 0)).join(' | ')} |`);
      if (i === 0)
        console.log(`|${widths.map((width, at) => '-'.repeat(width + 1) + (at > 0 ? ':' : '-')).join('|')}|`);
    }
  }
  console.log();
  for (const { what, value, target, unit } of targets) {
    console.log(`${value <= target ? 'met   ' : 'MISSED'} ${what}: ${format(value)} ${unit}, target ${target}`);
  }
}

function format(value: string | number): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

function pad(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}
