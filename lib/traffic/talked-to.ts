/**
 * Who talks to whom, told from the rows up to some way ahead. Some bytes for each end point with a port, however long the
 * input is.
 */
import type { EndPoint, Message } from "../csv/message.ts";

const FIRST_CAPACITY = 64;
const NOBODY = -1;
const SEVERAL = -2;

export class TalkedTo {
  /** By number of an end point: that of its only partner. */
  #partners: Int32Array = new Int32Array(FIRST_CAPACITY).fill(NOBODY);
  /** Whether a partner has spoken to it first. */
  #wasAddressed = new Uint8Array(FIRST_CAPACITY);

  /** Messages come in the order of their times. */
  note({ source, destination }: Message): void {
    if (source.port === undefined || destination.port === undefined) return;
    const [from, to] = [source.index, destination.index];
    while (from >= this.#partners.length || to >= this.#partners.length) this.#grow();
    const partners = this.#partners;
    const [ofFrom, ofTo] = [partners[from]!, partners[to]!];
    // The usual case, where nothing is new.
    if ((ofFrom === to || ofFrom === SEVERAL) && (ofTo === from || ofTo === SEVERAL)) return;
    if (ofFrom === NOBODY || ofTo === NOBODY) this.#wasAddressed[to] = 1;
    partners[from] = ofFrom === NOBODY || ofFrom === to ? to : SEVERAL;
    partners[to] = ofTo === NOBODY || ofTo === from ? from : SEVERAL;
  }

  hasSeveral({ index }: EndPoint): boolean {
    return this.#partners[index] === SEVERAL;
  }

  /**
   * Whether several talk to it, and one of them first: so its port is one that is listened on, and nobody connects to others
   * from there.
   */
  listens(endPoint: EndPoint): boolean {
    return this.hasSeveral(endPoint) && this.#wasAddressed[endPoint.index] === 1;
  }

  #grow(): void {
    const { length } = this.#partners;
    const partners = new Int32Array(2 * length).fill(NOBODY);
    partners.set(this.#partners);
    this.#partners = partners;
    const wasAddressed = new Uint8Array(2 * length);
    wasAddressed.set(this.#wasAddressed);
    this.#wasAddressed = wasAddressed;
  }
}
