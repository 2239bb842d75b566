// binary16 conversion: every bit pattern, every midpoint between neighbours, and the double rounding trap.
import { expect, test } from "vitest";
import { float16ToNumber, numberToFloat16 } from "./float16.ts";

const patterns = Array.from({ length: 0x10000 }, (_, bits) => bits);
const isNaNPattern = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

test("all 65536 bit patterns come back", () => {
  const wrong = patterns.filter((bits) => {
    const value = float16ToNumber(bits);
    return isNaNPattern(bits) ? !Number.isNaN(value) : numberToFloat16(value) !== bits;
  });
  expect(wrong).toEqual([]);
});

test("NaN becomes a NaN", () => {
  expect(isNaNPattern(numberToFloat16(NaN))).toBe(true);
});

test("published values", () => {
  // IEEE 754-2008, binary16: smallest subnormal, smallest normal, 1/3, largest, infinities.
  expect(float16ToNumber(0x0001)).toBe(2 ** -24);
  expect(float16ToNumber(0x0400)).toBe(2 ** -14);
  expect(float16ToNumber(0x3555)).toBe(0.333251953125);
  expect(float16ToNumber(0x7bff)).toBe(65504);
  expect(float16ToNumber(0xfc00)).toBe(-Infinity);
  expect(Object.is(float16ToNumber(0x8000), -0)).toBe(true);
});

test("midpoints between neighbours go to the even one, values beside them to the nearer", () => {
  const wrong: number[] = [];
  for (let low = 0; low < 0x7bff; low++) {
    const [a, b] = [float16ToNumber(low), float16ToNumber(low + 1)];
    const middle = (a + b) / 2;
    const gap = (b - a) * 2 ** -30;
    const even = low % 2 === 0 ? low : low + 1;
    const fits =
      numberToFloat16(middle) === even &&
      numberToFloat16(middle - gap) === low &&
      numberToFloat16(middle + gap) === low + 1 &&
      numberToFloat16(-middle) === (even | 0x8000);
    if (!fits) wrong.push(low);
  }
  expect(wrong).toEqual([]);
});

test("overflow starts at the midpoint 65520", () => {
  expect(numberToFloat16(65519.999)).toBe(0x7bff);
  expect(numberToFloat16(65520)).toBe(0x7c00);
  expect(numberToFloat16(-1e300)).toBe(0xfc00);
  expect(numberToFloat16(2 ** -25)).toBe(0);
  expect(numberToFloat16(2 ** -25 * 1.0000001)).toBe(1);
});

test("rounds once: a value just above a midpoint that float32 would round to it", () => {
  const value = 1 + 2 ** -11 + 2 ** -40;
  expect(numberToFloat16(Math.fround(value))).toBe(0x3c00);
  expect(numberToFloat16(value)).toBe(0x3c01);
});
