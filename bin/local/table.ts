export interface Column {
  readonly title: string;
  /** Width down to which it may be cut when the terminal is narrow; a column without it is never cut. */
  readonly minimum?: number;
  readonly align?: 'right';
}

const GAP = '  ';

/**
 * Rows under titles, each column as wide as its widest cell. When that is too wide, cuttable columns give way, the
 * widest first; when it still is, each row becomes a block of `title  value` lines, where nothing is cut.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string {
  const natural = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => length(row[index]))));
  const widths = fitWidths(columns, natural, width ?? Number.POSITIVE_INFINITY);
  if (!widths) {
    return blocks(columns, rows);
  }
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => pad(cut(cells[index] ?? '', widths[index] ?? 0), widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((each) => '-'.repeat(each)).join(GAP);
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].map((each) => `${each}\n`).join('');
}

function fitWidths(columns: readonly Column[], natural: readonly number[], limit: number): number[] | undefined {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
  while (total() > limit) {
    let widest = -1;
    for (const [index, { minimum }] of columns.entries()) {
      const own = widths[index] ?? 0;
      if (minimum !== undefined && own > minimum && own > (widths[widest] ?? 0)) {
        widest = index;
      }
    }
    if (widest < 0) {
      return undefined;
    }
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function blocks(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titleWidth = Math.max(...columns.map(({ title }) => title.length));
  return rows
    .map((row) => columns.map(({ title }, index) => `${title.padEnd(titleWidth)}${GAP}${row[index] ?? ''}\n`).join(''))
    .join('\n');
}

/** Characters, not code units: a digit's picture or a name may hold others than Latin letters. */
function length(text = ''): number {
  return [...text].length;
}

function cut(text: string, width: number): string {
  return length(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`;
}

function pad(text: string, width: number, align?: 'right'): string {
  const space = ' '.repeat(Math.max(0, width - length(text)));
  return align === 'right' ? space + text : text + space;
}
