/** FNV-1a over UTF-16 units: 32 bits, the same on every machine. For ties, not for safety. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** A number of two hashes that favours no order of either. */
export function mixHashes(a: number, b: number): number {
  let mixed = Math.imul(a ^ (b >>> 15), 0x2c1b3c6d) ^ Math.imul(b ^ (a >>> 13), 0x297a2d39)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
