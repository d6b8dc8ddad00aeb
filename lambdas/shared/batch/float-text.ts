const [PLUS, MINUS, POINT, ZERO, EXPONENT] = [43, 45, 46, 48, 101] as const;

/** Powers of ten that a number holds exactly: to divide or multiply by one rounds once. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const TENTHS = Float64Array.of(1, 0.1, 0.01, 0.001);
const TENS = Int32Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);
/** Of nine digits. With six left, the text of a float that has fewer ends in zeros. */
const DROPPED = 3;

const value32 = new Float32Array(1);
const bits32 = new Uint32Array(value32.buffer);

/** By the exponent of a float: how many decimals make nine digits of the smallest number that has it. */
const DECIMALS = Int8Array.from({ length: 256 }, (_, exponent) => 8 - Math.floor((exponent - 127) * Math.log10(2)));

/**
 * Writes the shortest text that is read back as the same number of single precision, in the notation of JavaScript: `0.1`,
 * `1e-7`. Nine digits tell any two floats apart, so this is the search for a text with eight, seven, or fewer. Answers where
 * the text ends; it has 25 bytes at most.
 */
export function writeFloat32(value: number, bytes: Buffer, start: number): number {
  value32[0] = value;
  const exponent = ((bits32[0] as number) >>> 23) & 0xff;
  const positive = Math.abs(value);
  let decimals = DECIMALS[exponent] as number;
  let scaled = decimal(positive, -decimals);
  if (scaled >= 1e9) {
    decimals -= 1;
    scaled = decimal(positive, -decimals);
  }
  // Zero, what is not finite, what is below 1e-14 or above 1e27: rare, and not worth a second way.
  if (!(scaled >= 1e8 && decimals >= DROPPED - 22)) return start + bytes.write(shortText(value), start, 'latin1');
  // Below 2^31, and so the processor's own whole numbers from here on.
  let digits = (scaled + 0.5) | 0;
  let count = 9;
  for (let dropped = 1; dropped <= DROPPED; dropped++) {
    const fewer = (scaled * (TENTHS[dropped] as number) + 0.5) | 0;
    if (Math.fround(decimal(fewer, decimals - 1)) !== positive) break;
    digits = fewer;
    count -= 1;
    decimals -= 1;
  }
  // Nines that were rounded up have one digit more.
  if (digits === TENS[count]) count += 1;
  while (digits % 10 === 0) {
    digits = (digits / 10) | 0;
    count -= 1;
    decimals -= 1;
  }
  let at = start;
  if (value < 0) bytes[at++] = MINUS;
  return writeDecimal(digits, count, decimals, bytes, at);
}

/** `digits` with the point moved to the left by so many places; not a number where that cannot be done exactly. */
function decimal(digits: number, places: number): number {
  return places < 0 ? digits * (POWERS[-places] as number) : digits / (POWERS[places] as number);
}

function writeDecimal(digits: number, count: number, decimals: number, bytes: Buffer, start: number): number {
  /** Digits before the point. */
  const whole = count - decimals;
  if (whole > 21 || whole < -5) return writeExponent(digits, count, whole - 1, bytes, start);
  if (whole >= count) {
    const end = writeDigits(digits, count, bytes, start);
    return fill(bytes, end, start + whole);
  }
  if (whole > 0) {
    // One place to the right, and what is before the point back again.
    const end = writeDigits(digits, count, bytes, start + 1);
    for (let at = start; at < start + whole; at++) bytes[at] = bytes[at + 1] as number;
    bytes[start + whole] = POINT;
    return end;
  }
  bytes[start] = ZERO;
  bytes[start + 1] = POINT;
  return writeDigits(digits, count, bytes, fill(bytes, start + 2, start + 2 - whole));
}

function writeExponent(digits: number, count: number, exponent: number, bytes: Buffer, start: number): number {
  let at = writeDigits(digits, count, bytes, start + 1);
  bytes[start] = bytes[start + 1] as number;
  if (count > 1) bytes[start + 1] = POINT;
  else at -= 1;
  bytes[at++] = EXPONENT;
  bytes[at++] = exponent < 0 ? MINUS : PLUS;
  const size = Math.abs(exponent);
  return writeDigits(size, countOf(size), bytes, at);
}

function fill(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) bytes[at] = ZERO;
  return end;
}

/** How many digits a whole number has. */
export function countOf(value: number): number {
  let count = 1;
  for (let power = 10; power <= value; power *= 10) count += 1;
  return count;
}

/** Writes a whole number of `count` digits, below 2^31. Answers where it ends. */
export function writeDigits(value: number, count: number, bytes: Buffer, start: number): number {
  let rest = value;
  for (let at = start + count - 1; at >= start; at--) {
    const next = (rest / 10) | 0;
    bytes[at] = ZERO + rest - 10 * next;
    rest = next;
  }
  return start + count;
}

/** The same by trial: with as few digits as are needed. */
function shortText(value: number): string {
  if (!Number.isFinite(value)) return `${value}`;
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return `${Number(text)}`;
  }
  return `${Number(value.toPrecision(9))}`;
}
