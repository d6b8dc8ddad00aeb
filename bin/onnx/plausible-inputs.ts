import type { InputSpec } from '../../lambdas/shared/contract';
import { DATATYPE_INFO } from '../../lambdas/shared/protocol/datatypes';
import { toHalf } from '../../lambdas/shared/protocol/float16';
import { elementCount, type Tensor } from '../../lambdas/shared/protocol/tensor';
import type { DeclaredInput } from './task';

/** What made-up values look like. A model may want indexes into a short table, or flags. */
export type Style = 'plain' | 'flags' | 'zeros';

/** Sizes that open dimensions (but the batch) are tried with: lengths of sequences, then sides of images. */
const SIZES = [8, 1, 16, 32, 64, 128, 224, 256, 2, 3, 4];
const STYLES: readonly Style[] = ['plain', 'flags', 'zeros'];

export interface Guess {
  readonly style: Style;
  /** Size of every open dimension but the batch. */
  readonly size: number;
}

/** Guesses, the most plausible first. Where no dimension is open there is nothing to guess of sizes. */
export function guesses(specs: readonly InputSpec[]): Guess[] {
  const open = specs.some(({ shape }) => shape.slice(1).includes(-1));
  return (open ? SIZES : [1]).flatMap((size) => STYLES.map((style) => ({ size, style })));
}

/**
 * Inputs that a model may well accept: the same for the same signature, wherever they are made.
 *
 * @param declared the graph's own shapes; a name that is also the batch's has the batch's size
 */
export function plausibleInputs(
  specs: readonly InputSpec[],
  declared: readonly DeclaredInput[],
  rows: number,
  guess: Guess,
): Tensor[] {
  const names = new Set<unknown>(declared.flatMap(({ shape }) => (shape?.length ? [shape[0]] : [])));
  return specs.map(({ name, datatype, shape: open }) => {
    const symbols = declared.find((input) => input.name === name)?.shape ?? [];
    const shape = open.map((size, at) => {
      if (size !== -1) return size;
      const symbol = symbols[at];
      return at === 0 || (typeof symbol === 'string' && names.has(symbol)) ? rows : guess.size;
    });
    const data = DATATYPE_INFO[datatype].allocate(elementCount(shape)) as unknown[];
    const next = random(name);
    for (let at = 0; at < data.length; at++) data[at] = madeUp(datatype, name, guess.style, next);
    return { name, datatype, shape, data: data as unknown as Tensor['data'] };
  });
}

const WORDS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];

function madeUp(datatype: InputSpec['datatype'], name: string, style: Style, next: () => number): unknown {
  const { kind } = DATATYPE_INFO[datatype];
  const upTo = (count: number) => Math.floor(next() * count);
  // Few digits, so that the file of golden cases stays small.
  const fraction = upTo(64) / 64;
  if (kind === 'text') return style === 'plain' ? WORDS[upTo(WORDS.length)] : style === 'flags' ? `${upTo(2)}` : '';
  if (kind === 'boolean') return style === 'zeros' ? 0 : upTo(2);
  if (kind === 'float') {
    const value = style === 'zeros' ? 0 : style === 'flags' ? upTo(2) : fraction;
    return datatype === 'FP16' ? toHalf(value) : value;
  }
  const limit = style === 'zeros' ? 1 : style === 'flags' ? 2 : 10;
  // Everything is looked at, where an input says what is.
  const value = /mask/i.test(name) ? 1 : upTo(limit);
  return kind === 'bigint' ? BigInt(value) : value;
}

/** Numbers from 0 to 1 that follow from a seed alone (mulberry32). */
function random(seed: string): () => number {
  let state = 1;
  for (const character of seed) state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
