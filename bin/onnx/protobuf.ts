import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A field of a message: its number, and what its occurrences add up to. */
interface Field<T> {
  readonly number: number;
  readonly wireType: WireType;
  none(): T;
  read(reader: BinaryReader, before: T, depth: number): T;
}

/** A message by the names of its fields. */
export type Message<T> = { readonly [Name in keyof T]: Field<T[Name]> };

/** Messages within messages: graphs lie in graphs (`If`, `Loop`, `Scan`), but not that deep. */
const DEEPEST = 200;

/**
 * Decodes the fields that `message` names and steps over the others, without copying: weights are most of a model's
 * bytes. Every message ends where its own length says, so that no content can make it read on or turn in circles.
 *
 * @throws what is wrong with the bytes
 */
export function decode<T>(bytes: Uint8Array, message: Message<T>, depth = 0): T {
  if (depth > DEEPEST) throw new Error(`messages lie in one another more than ${DEEPEST} deep`);
  const fields = Object.entries<Field<unknown>>(message);
  const result = Object.fromEntries(fields.map(([name, field]) => [name, field.none()]));
  const byNumber = new Map(fields.map(([name, field]) => [field.number, { name, field }]));
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const { name, field } = byNumber.get(number) ?? {};
    if (!name || !field) reader.skip(wireType, number);
    else if (field.wireType === wireType) result[name] = field.read(reader, result[name], depth);
    else throw new Error(`field ${number} has wire type ${wireType}, expected ${field.wireType}`);
  }
  return result as T;
}

export function text(number: number): Field<string> {
  return { number, wireType: WireType.LengthDelimited, none: () => '', read: (reader) => reader.string() };
}

export function texts(number: number): Field<string[]> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    none: () => [],
    read(reader, before) {
      before.push(reader.string());
      return before;
    },
  };
}

/** A 64-bit integer; what a number does not hold exactly is no size and no version, and only needs to look wrong. */
export function integer(number: number): Field<number | undefined> {
  return { number, wireType: WireType.Varint, none: () => undefined, read: (reader) => Number(reader.int64()) };
}

/** A message that is there once. Other readers would merge a second one into it, and see what this one does not. */
export function one<T>(number: number, message: () => Message<T>): Field<T | undefined> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    none: () => undefined,
    read(reader, before, depth) {
      if (before !== undefined) throw new Error(`field ${number} is there twice`);
      return decode(reader.bytes(), message(), depth + 1);
    },
  };
}

export function many<T>(number: number, message: () => Message<T>): Field<T[]> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    none: () => [],
    read(reader, before, depth) {
      before.push(decode(reader.bytes(), message(), depth + 1));
      return before;
    },
  };
}
