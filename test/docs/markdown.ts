import { readFileSync } from 'node:fs';
import { documents } from '../../scripts/docs.mjs';

/** A fenced block of a document. */
export interface Snippet {
  readonly document: string;
  /** Line of the fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

export const markdown: ReadonlyMap<string, string> = new Map(
  documents().map((name) => [name, readFileSync(name, 'utf8')]),
);

export function snippets(language: string): Snippet[] {
  return [...markdown].flatMap(([document, text]) =>
    [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
      .filter((match) => match[1] === language)
      .map((match) => ({ document, line: lineAt(text, match.index), language, text: match[2] ?? '' })),
  );
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
