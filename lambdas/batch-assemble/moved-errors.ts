/** How a line of the errors file begins. What follows stays as it is: an id may have more digits than a number holds. */
const PLACE = /^(\{"file":"(?:[^"\\]|\\.)*","row":)(\d+)(,"line":)(\d+)/;

/** Lines of a mini-job that counted from its own start, in a file where there is so much before it. */
export function movedErrors(text: string, by: { readonly row: number; readonly line: number }): string {
  return text
    .split('\n')
    .map((each) =>
      each.replace(PLACE, (_, file: string, row: string, between: string, line: string) => {
        return `${file}${Number(row) + by.row}${between}${Number(line) + by.line}`;
      }),
    )
    .join('\n');
}
