/**
 * Addresses under a key, so that what two of them have in common at their beginning they have in common afterwards
 * (J. Fan, J. Xu, M. H. Ammar, S. B. Moon: Prefix-preserving IP address anonymization, Computer Networks 46, 2004), as
 * their program Crypto-PAn makes them: each bit is flipped or not by the first bit of AES over the bits before it,
 * filled up to a block with bits of the key.
 */

/** Encrypts a row of blocks of 16 bytes, each by itself (ECB), with AES-128 under one key. The result may be used until the next call. */
export type EncryptBlocks = (blocks: Uint8Array) => Uint8Array;

export const BLOCK_LENGTH = 16;

export class CryptoPan {
  readonly #encrypt: EncryptBlocks;
  readonly #pad: bigint;
  /** For each number of bits the blocks of all their prefixes. */
  readonly #blocks = new Uint8Array(128 * BLOCK_LENGTH);
  readonly #view = new DataView(this.#blocks.buffer);

  /** @param pad a block of 16 bytes, which nobody else knows: in Crypto-PAn, the second half of the key encrypted by the first */
  constructor(encrypt: EncryptBlocks, pad: Uint8Array) {
    this.#encrypt = encrypt;
    this.#pad = numberOf(pad);
  }

  /**
   * @param address a number of `bits` bits
   * @param bits at most 128
   * @param kept the first bits, which are left as they are
   */
  map(address: bigint, bits: number, kept = 0): bigint {
    const padded = address << BigInt(128 - bits);
    for (let length = kept; length < bits; length++) {
      // The first bits of the address, and behind them those of the pad.
      const rest = BigInt(128 - length);
      const block = ((padded >> rest) << rest) | BigInt.asUintN(128 - length, this.#pad);
      const at = (length - kept) * BLOCK_LENGTH;
      this.#view.setBigUint64(at, block >> 64n);
      this.#view.setBigUint64(at + 8, BigInt.asUintN(64, block));
    }
    const encrypted = this.#encrypt(this.#blocks.subarray(0, (bits - kept) * BLOCK_LENGTH));
    let flips = 0n;
    for (let index = 0; index < bits - kept; index++) {
      flips = (flips << 1n) | BigInt(encrypted[index * BLOCK_LENGTH]! >>> 7);
    }
    return address ^ flips;
  }
}

function numberOf(block: Uint8Array): bigint {
  return block.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}
