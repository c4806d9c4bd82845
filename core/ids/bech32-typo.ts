/** Characters of bech32 data, in the order of their 5-bit values (BIP-173). */
export const BECH32_ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
export const CHECKSUM_SYMBOLS = 6;

/** What the checksum of a right text comes to (BIP-350). */
const BECH32M_CONSTANT = 0x2bc830a3;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const SYMBOL_VALUES = 32;

/** One step of the BCH code of BIP-173: multiplies the 30-bit remainder by x and adds a symbol. */
function polymodStep(remainder: number, symbol: number): number {
  const top = remainder >>> 25;
  let next = ((remainder & 0x1ffffff) << 5) ^ symbol;
  for (let bit = 0; bit < GENERATOR.length; bit++) if ((top >>> bit) & 1) next ^= GENERATOR[bit]!;
  return next;
}

function expandPrefix(prefix: string): number[] {
  const codes = [...prefix].map((character) => character.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

/** Remainder of prefix and symbols, less that of a right text: 0 exactly when the checksum fits. */
function syndromeOf(prefix: string, symbols: readonly number[]): number {
  let remainder = 1;
  for (const symbol of expandPrefix(prefix)) remainder = polymodStep(remainder, symbol);
  for (const symbol of symbols) remainder = polymodStep(remainder, symbol);
  return remainder ^ BECH32M_CONSTANT;
}

/**
 * The syndrome that each wrong symbol alone leads to, at `place * 32 + difference`; places are counted from the end of
 * the text. The code is linear, so several wrong symbols give the XOR of theirs.
 */
function errorTable(places: number): Int32Array {
  const table = new Int32Array(places * SYMBOL_VALUES);
  for (let difference = 1; difference < SYMBOL_VALUES; difference++) {
    let syndrome = difference;
    for (let place = 0; place < places; place++) {
      table[place * SYMBOL_VALUES + difference] = syndrome;
      syndrome = polymodStep(syndrome, 0);
    }
  }
  return table;
}

/** One or two changed symbols that explain the syndrome: indexes into `symbols`, ascending; empty when none do. */
function changedSymbols(symbols: readonly number[], syndrome: number): number[] {
  const table = errorTable(symbols.length);
  const placeOf = new Map<number, number>();
  const index = (entry: number) => symbols.length - 1 - Math.floor(entry / SYMBOL_VALUES);
  table.forEach((value, entry) => {
    if (entry % SYMBOL_VALUES !== 0) placeOf.set(value, entry);
  });
  const single = placeOf.get(syndrome);
  if (single !== undefined) return [index(single)];
  for (const [value, entry] of placeOf) {
    const other = placeOf.get(syndrome ^ value);
    if (other !== undefined) return [index(entry), index(other)].sort((a, b) => a - b);
  }
  return [];
}

/** Where one symbol may have been left out: the index before which it belongs. */
function missingSymbol(prefix: string, symbols: readonly number[]): number[] {
  const table = errorTable(symbols.length + 1);
  for (let at = 0; at <= symbols.length; at++) {
    const syndrome = syndromeOf(prefix, [...symbols.slice(0, at), 0, ...symbols.slice(at)]);
    const first = (symbols.length - at) * SYMBOL_VALUES;
    // Entry 0 of a place is the syndrome 0: the missing symbol has the value 0.
    if (table.subarray(first, first + SYMBOL_VALUES).includes(syndrome)) return [at];
  }
  return [];
}

function extraSymbol(prefix: string, symbols: readonly number[]): number[] {
  const at = symbols.findIndex((_, index) => syndromeOf(prefix, symbols.toSpliced(index, 1)) === 0);
  return at < 0 ? [] : [at];
}

/**
 * Finds the mistake that makes a bech32m text fail its checksum, without correcting it. `text` is lower case, begins
 * with `prefix` and `1`, and has only bech32 characters after it. Takes about a millisecond.
 * - changed: one or two substituted characters, a swap of neighbours among them. Up to 89 symbols the code has distance
 *   5, so for one or two wrong characters the answer is certain; for more it is most often "none".
 * - missing: the index before which one character was left out.
 * - extra: one character too many.
 * @returns indexes into `text`, ascending; empty when no such mistake explains it.
 */
export function locateTypo(prefix: string, text: string, kind: 'changed' | 'missing' | 'extra'): number[] {
  const offset = prefix.length + 1;
  const symbols = [...text.slice(offset)].map((character) => BECH32_ALPHABET.indexOf(character));
  const found = {
    changed: () => changedSymbols(symbols, syndromeOf(prefix, symbols)),
    missing: () => missingSymbol(prefix, symbols),
    extra: () => extraSymbol(prefix, symbols),
  }[kind]();
  return found.map((index) => index + offset);
}
