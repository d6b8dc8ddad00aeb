/** One field of a message in protocol buffers' wire format, as it lies in the bytes. */
export interface Field {
  readonly number: number;
  /** The whole field, with its tag. */
  readonly bytes: Buffer;
  /** Content of a field with a length; of others, empty. */
  readonly content: Buffer;
}

const LENGTH_DELIMITED = 2;

/** The fields of a message, in order. What they mean is not looked at. */
export function* fieldsOf(message: Buffer): Generator<Field> {
  for (let at = 0; at < message.length; ) {
    const start = at;
    const tag = varintAt(message, at);
    at = tag.end;
    let content: [number, number] = [at, at];
    switch (tag.value & 7) {
      case 0:
        at = varintAt(message, at).end;
        break;
      case 1:
        at += 8;
        break;
      case LENGTH_DELIMITED: {
        const length = varintAt(message, at);
        content = [length.end, length.end + length.value];
        at = content[1];
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new Error(`byte ${start} begins no field of protocol buffers`);
    }
    if (at > message.length) throw new Error(`the field at byte ${start} does not end`);
    yield { number: tag.value >>> 3, bytes: message.subarray(start, at), content: message.subarray(...content) };
  }
}

function varintAt(message: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, scale = 1; at < message.length && at < start + 10; at++, scale *= 128) {
    const byte = message[at] as number;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
  throw new Error(`byte ${start} begins no number`);
}

/** A field with a length. */
export function lengthField(number: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, { length: each }) => sum + each, 0);
  return Buffer.concat([varint(number * 8 + LENGTH_DELIMITED), varint(length), ...content]);
}

export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
