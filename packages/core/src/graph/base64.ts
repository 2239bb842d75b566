// Base64 (RFC 4648, section 4) of bytes: the core has no Buffer, and Node 20 no Uint8Array.toBase64.
import { GraphError } from "../errors.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values: ReadonlyMap<string, number> = new Map(Array.from(alphabet, (char, i) => [char, i]));

/** Bytes as padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const bits = (a << 16) | (b << 8) | c;
    const digit = (shift: number): string => alphabet.charAt((bits >> shift) & 63);
    const left = bytes.length - i;
    parts.push(digit(18) + digit(12) + (left > 1 ? digit(6) : "=") + (left > 2 ? digit(0) : "="));
  }
  return parts.join("");
}

/**
 * The bytes that padded base64 stands for.
 *
 * @throws {GraphError} for a length that is no multiple of 4 or a character that is no base64 digit
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) {
    throw new GraphError(`base64: length must be a multiple of 4, got ${text.length}`);
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let bits = 0;
  for (let i = 0; i < digits; i++) {
    const value = values.get(text.charAt(i));
    if (value === undefined) {
      throw new GraphError(`base64: digits must be A-Z, a-z, 0-9, + or /, got "${text.charAt(i)}"`);
    }
    bits = ((bits << 6) | value) & 0xffffff;
    // Every digit but the first of four completes a byte; its upper bits are in the digits before.
    const phase = i % 4;
    if (phase > 0) bytes[(i >> 2) * 3 + phase - 1] = bits >> (6 - 2 * phase);
  }
  return bytes;
}
