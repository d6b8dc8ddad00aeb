const bits = new DataView(new ArrayBuffer(4));

/** The bit pattern of the half-precision number nearest to a value (ties to even). */
export function toHalf(value: number): number {
  bits.setFloat32(0, value);
  const pattern = bits.getUint32(0);
  const sign = (pattern >>> 16) & 0x8000;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const scale = magnitude / 2 ** exponent >= 2 ? exponent + 1 : exponent;
  // A mantissa that rounds up to 1024 carries into the exponent, which is what the addition does.
  return sign | (((scale + 15) << 10) + roundHalfEven((magnitude / 2 ** scale - 1) * 1024));
}

/** The number a half-precision bit pattern stands for. */
export function fromHalf(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >>> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
