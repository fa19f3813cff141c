/** What the rows of a conversation say of its frames: of each side what its own rows say, else what those of the other tell of it. */
import type { SideName } from "../session/conversation.ts";
import { type FrameFields, fieldsOfSide, mergeFields } from "../session/encapsulation/frame-fields.ts";
import type { PendingMessage } from "./pending-message.ts";

const SIDES: readonly SideName[] = ["client", "server"];
const NEITHER: readonly SideName[] = [];

export class ConversationFields {
  readonly #told: Record<SideName, FrameFields | undefined> = { client: undefined, server: undefined };
  #sides: Record<SideName, FrameFields | undefined> = { client: undefined, server: undefined };

  /** @param first the first message: what is before it, as a handshake, is as the first rows of both sides say */
  constructor(first: PendingMessage) {
    for (let row: PendingMessage | undefined = first; row !== undefined; row = row.next) {
      const { fields } = row.message;
      if (fields !== undefined) this.#told[row.side] ??= fields;
      if (this.#told.client !== undefined && this.#told.server !== undefined) break;
    }
    this.#settle();
  }

  of(side: SideName): FrameFields | undefined {
    return this.#sides[side];
  }

  /** Heeds what a message says. @returns the sides of which something is another one from now on */
  take({ message: { fields }, side }: PendingMessage): readonly SideName[] {
    const before = this.#told[side];
    if (fields === undefined || fields === before) return NEITHER;
    const now = mergeFields(before, fields);
    if (isSame(now, before)) return NEITHER;
    this.#told[side] = now;
    const { client, server } = this.#sides;
    this.#settle();
    return SIDES.filter((one) => !isSame(this.#sides[one], one === "client" ? client : server));
  }

  #settle(): void {
    const { client, server } = this.#told;
    this.#sides = { client: fieldsOfSide(client, server), server: fieldsOfSide(server, client) };
  }
}

function isSame(one: FrameFields = {}, other: FrameFields = {}): boolean {
  return (["sourceMac", "destinationMac", "vlan", "timeToLive"] as const).every((name) => one[name] === other[name]);
}
