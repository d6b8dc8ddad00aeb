/** Iterations that take the model of a test long enough that somebody can come between. */
export const SLOW = 100_000;

/** Rows of the model `poison`: y is 100 times the index and the sum of x; an index above 9 fails the run. */
export function poisonCsv(
  rows: number,
  of: (row: number) => { readonly index?: number; readonly iterations?: number },
): string {
  const lines = ['id,x_0,x_1,x_2,x_3,index,iterations'];
  for (let row = 1; row <= rows; row++) {
    const { index = row % 10, iterations = 1 } = of(row);
    lines.push(`r${row},${row},0,0,0,${index},${iterations}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Ids with their answers, from a file of results, in which each is once. */
export function answersOf(results: Buffer): Map<string, number> {
  const [, ...lines] = results.toString().trimEnd().split('\n');
  const answers = new Map(lines.map((line) => [line.split(',')[0] as string, Number(line.split(',')[1])]));
  if (answers.size < lines.length) throw new Error(`${lines.length} lines of ${answers.size} rows`);
  return answers;
}

export function expectedAnswers(rows: number): Map<string, number> {
  return new Map(Array.from({ length: rows }, (_, at) => [`r${at + 1}`, 100 * ((at + 1) % 10) + at + 1]));
}
