import { distance } from 'fastest-levenshtein';

/** The name that was probably meant, if one is close enough to be a slip of the keyboard. */
export function closest(written: string, names: readonly string[]): string | undefined {
  const byDistance = names
    .map((name) => ({ name, edits: distance(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = byDistance[0];
  return best && best.edits <= Math.max(2, Math.floor(written.length / 3)) ? best.name : undefined;
}

/** The end of a sentence: a suggestion where there is one. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? '.' : `; did you mean ${name}?`;
}
