/** So many random bytes, in hexadecimal. Unlike `crypto.randomUUID` it also works on pages without HTTPS. */
export const random = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => (byte + 256).toString(16).slice(1)).join("");
