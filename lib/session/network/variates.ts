/**
 * Chance on the way of packets. What is drawn for one transmission of one conversation in one direction depends on nothing but
 * these and the seed: not on other packets, nor on how much else was drawn for this one. So a network that loses more delays
 * nothing else, and a conversation fares the same whoever else is there.
 */
import { type IpAddress, ipv6Words } from "../../headers/address.ts";
import type { SideName } from "../conversation.ts";
import { threefry, Words } from "./threefry.ts";

/** What a conversation is known by, whatever else is in the capture: 128 bits. */
export type ConversationKey = Words;

/** One end of a conversation, as far as it tells it from others. */
export interface KeyedSocket {
  readonly host: { readonly address: IpAddress };
  readonly port: number;
}

/** Protocols whose conversations are told apart. */
const PROTOCOLS = { tcp: 0, udp: 1, icmp: 2 } as const;

/** Of what is drawn in one go, in the counter. */
const Place = { FREQUENT: 0, RARE: 1 } as const;

const TWO_TO_32 = 0x1_0000_0000;
/** What the first word counts in an identity, and the bits of the second that have no room in it. */
const IDENTITY_HIGH = 2 ** 21;
const IDENTITY_DROPPED = 11;

/**
 * The key of a conversation between two sockets.
 *
 * @param connection how many the same two sockets have had before, from 0
 */
export function conversationKey(
  client: KeyedSocket,
  server: KeyedSocket,
  connection = 0,
  protocol: keyof typeof PROTOCOLS = "tcp",
): ConversationKey {
  const key = new Words();
  const words = new Words();
  for (const { host } of [client, server]) {
    setAddress(words, host.address);
    absorb(key, words);
  }
  const versions =
    (typeof client.host.address === "number" ? 0 : 1) + (typeof server.host.address === "number" ? 0 : 2);
  words.set((client.port << 16) | server.port, connection, PROTOCOLS[protocol], versions);
  absorb(key, words);
  return key;
}

/** A key as one number of 53 bits, which as many conversations as a capture can hold have each for itself, but by a rare chance. */
export function identityOf({ a, b }: ConversationKey): number {
  return (a >>> 0) * IDENTITY_HIGH + (b >>> IDENTITY_DROPPED);
}

/** An IPv4 address fills the last word, and the others with zeros. */
function setAddress(words: Words, address: IpAddress): void {
  if (typeof address === "number") return words.set(0, 0, 0, address);
  words.set(...ipv6Words(address));
}

/** As hash functions are made of ciphers (Davies and Meyer): what is added is the key, and what there was is added again. */
function absorb(key: Words, words: Words): void {
  const { a, b, c, d } = key;
  threefry(words, a, b, c, d, key);
  key.set(key.a ^ a, key.b ^ b, key.c ^ c, key.d ^ d);
}

/**
 * The key of all that chance does to the packets of one side of a conversation.
 *
 * @param seed 0 to 2^32 - 1
 */
export function streamKey(seed: number, conversation: ConversationKey, from: SideName): Words {
  const key = new Words();
  threefry(conversation, seed, from === "client" ? 0 : 1, 0, 0, key);
  return key;
}

/**
 * All that is drawn for one transmission, to be used again for the next one. It is drawn when it is asked for: most networks need
 * little of it. Numbers from 0 to 1, 1 left out, are steps of 2^-32; words are whole numbers from 0 to 2^32 - 1.
 */
export class Variates {
  readonly #frequent = new Words();
  readonly #rare = new Words();
  #key = this.#rare;
  #transmission = 0;
  #hasFrequent = false;
  #hasRare = false;

  /** Goes on to another transmission. @param transmission its number in its stream, 0 to 2^32 - 1 */
  turnTo(key: Words, transmission: number): void {
    this.#key = key;
    this.#transmission = transmission;
    this.#hasFrequent = false;
    this.#hasRare = false;
  }

  /** Whether it is lost, 0 to 1. */
  get loss(): number {
    return (this.#drawnFrequent().a >>> 0) / TWO_TO_32;
  }

  /** A word of its delay. */
  get jitter(): number {
    return this.#drawnFrequent().b >>> 0;
  }

  /** Whether a burst of losses begins or ends with it, 0 to 1. */
  get burst(): number {
    return (this.#drawnFrequent().c >>> 0) / TWO_TO_32;
  }

  /** Whether it is held up, 0 to 1. */
  get reorder(): number {
    return (this.#drawnFrequent().d >>> 0) / TWO_TO_32;
  }

  /** Whether it is duplicated, 0 to 1. */
  get duplicate(): number {
    return (this.#drawnRare().a >>> 0) / TWO_TO_32;
  }

  /** Whether a bit of it flips, 0 to 1. */
  get corrupt(): number {
    return (this.#drawnRare().b >>> 0) / TWO_TO_32;
  }

  /** Which part of the way it has made when it is lost or a bit of it flips: between 0 and 1, and neither of them. */
  get position(): number {
    return ((this.#drawnRare().c >>> 0) + 0.5) / TWO_TO_32;
  }

  /** Which bit of it flips, 0 to 1. */
  get bit(): number {
    return (this.#drawnRare().d >>> 0) / TWO_TO_32;
  }

  #drawnFrequent(): Words {
    if (!this.#hasFrequent) threefry(this.#key, this.#transmission, Place.FREQUENT, 0, 0, this.#frequent);
    this.#hasFrequent = true;
    return this.#frequent;
  }

  #drawnRare(): Words {
    if (!this.#hasRare) threefry(this.#key, this.#transmission, Place.RARE, 0, 0, this.#rare);
    this.#hasRare = true;
    return this.#rare;
  }
}
