// IEEE 754-2008 binary16 conversion (section 3.6), needed because Node 20 has no Float16Array.

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Bits of the binary16 number nearest to `value`, ties to even; overflow gives an infinity, NaN stays NaN.
 * Rounds once from float64, so it does not suffer the double rounding of going through float32.
 */
export function numberToFloat16(value: number): number {
  scratch.setFloat64(0, value);
  const sign = (scratch.getUint8(0) & 0x80) << 8;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  // 65520 is the midpoint between the largest half, 65504, and 65536; ties go to the even side, infinity.
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // log2 may round up just below a power of two; the mantissa then is below 1 and one step down is right.
  const scale = magnitude < 2 ** exponent ? exponent - 1 : exponent;
  const mantissa = roundHalfEven((magnitude / 2 ** scale - 1) * 1024);
  return sign | (((scale + 15) << 10) + mantissa);
}

/** The number that binary16 `bits` stand for; exact. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}
