/** Who is in the chat, and who talks with whom. */

import { nameKey, skeletonsOf } from "./names.ts";

/** What became of the partner when a chat was opened. */
export interface OpenedChat<Connection> {
  /**
   * "joined": the partner had no chat and is in this one now. "mutual": the partner was in it already.
   * "busy": the partner is in another one.
   */
  readonly partner: "joined" | "mutual" | "busy";
  /** Who was in a chat with the user until now, and has none any more. */
  readonly ended: Connection | undefined;
}

export interface ClosedChat<Connection> {
  readonly partner: Connection;
  /** Whether the partner's lines came back, and the partner has no chat any more either. */
  readonly isMutual: boolean;
}

export interface Departure<Connection> {
  readonly name: string;
  /** Those whose chat was with the user, and who have none any more. */
  readonly abandoned: readonly Connection[];
}

interface User<Connection> {
  readonly name: string;
  readonly key: string;
  /** What the name looks like. */
  readonly skeletons: readonly string[];
  readonly connection: Connection;
  /** Whom the plain lines of this user go to. */
  partner: User<Connection> | undefined;
  /** Those whose partner this user is, so that nobody must be searched for when the user leaves. */
  readonly followers: Set<User<Connection>>;
}

/**
 * The users, each with a name that nobody else has and a connection. A chat is a direction: whom the plain lines of a user
 * go to; it is a session of two where both directions agree.
 */
export class Roster<Connection> {
  // In the order of joining, since a map keeps it.
  readonly #byKey = new Map<string, User<Connection>>();
  /** No two users have a skeleton in common. */
  readonly #bySkeleton = new Map<string, User<Connection>>();
  readonly #byConnection = new Map<Connection, User<Connection>>();

  /** How many users there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /**
   * Gives the connection a name, which `checkName` has accepted. False if somebody has it, or one that looks like it, or the
   * connection has one.
   */
  claim(name: string, connection: Connection): boolean {
    if (this.similarTo(name) !== undefined || this.#byConnection.has(connection)) return false;
    const key = nameKey(name);
    const skeletons = skeletonsOf(name);
    const user: User<Connection> = { name, key, skeletons, connection, partner: undefined, followers: new Set() };
    this.#byKey.set(key, user);
    for (const skeleton of skeletons) this.#bySkeleton.set(skeleton, user);
    this.#byConnection.set(connection, user);
    return true;
  }

  /** The name of the user who has this one, however it is written, or one that people could take for it. */
  similarTo(name: string): string | undefined {
    const same = this.#byKey.get(nameKey(name));
    if (same !== undefined) return same.name;
    for (const skeleton of skeletonsOf(name)) {
      const user = this.#bySkeleton.get(skeleton);
      if (user !== undefined) return user.name;
    }
    return undefined;
  }

  /** The connection of the user with this name, however it is written. */
  find(name: string): Connection | undefined {
    return this.#byKey.get(nameKey(name))?.connection;
  }

  /** The name of a connection, as its user wrote it. */
  nameOf(connection: Connection): string | undefined {
    return this.#byConnection.get(connection)?.name;
  }

  /** All names, in the order of joining. */
  names(): string[] {
    return Array.from(this.#byKey.values(), (user) => user.name);
  }

  /** All connections that have a name, in the order of joining. */
  connections(): IterableIterator<Connection> {
    return this.#byConnection.keys();
  }

  /** Frees the name and ends the chats of a user who leaves. Undefined if the connection has no name, or no longer. */
  release(connection: Connection): Departure<Connection> | undefined {
    const user = this.#byConnection.get(connection);
    if (user === undefined) return undefined;
    this.#byConnection.delete(connection);
    this.#byKey.delete(user.key);
    for (const skeleton of user.skeletons) this.#bySkeleton.delete(skeleton);
    const abandoned = [...user.followers];
    for (const follower of abandoned) setPartner(follower, undefined);
    setPartner(user, undefined);
    return { name: user.name, abandoned: abandoned.map((follower) => follower.connection) };
  }

  /**
   * Opens the chat of a user with a partner, who is drawn into it when in no other. The chat that the user had with
   * somebody else ends, for both. Undefined if one of them has no name, or both are the same.
   */
  open(user: Connection, partner: Connection): OpenedChat<Connection> | undefined {
    const one = this.#byConnection.get(user);
    const other = this.#byConnection.get(partner);
    if (one === undefined || other === undefined || one === other) return undefined;
    const former = one.partner === other ? undefined : this.close(user);
    setPartner(one, other);
    const ended = former?.isMutual ? former.partner : undefined;
    if (other.partner === one) return { partner: "mutual", ended };
    if (other.partner !== undefined) return { partner: "busy", ended };
    setPartner(other, one);
    return { partner: "joined", ended };
  }

  /** Ends the chat of a user, and the partner's if it was with this user. Undefined if none was open. */
  close(user: Connection): ClosedChat<Connection> | undefined {
    const one = this.#byConnection.get(user);
    const other = one?.partner;
    if (one === undefined || other === undefined) return undefined;
    const isMutual = other.partner === one;
    setPartner(one, undefined);
    if (isMutual) setPartner(other, undefined);
    return { partner: other.connection, isMutual };
  }

  /** Whom the plain lines of a user go to. */
  partnerOf(user: Connection): Connection | undefined {
    return this.#byConnection.get(user)?.partner?.connection;
  }
}

/** The only place where a direction changes: both ends of it agree at all times. */
function setPartner<Connection>(user: User<Connection>, partner: User<Connection> | undefined): void {
  user.partner?.followers.delete(user);
  user.partner = partner;
  partner?.followers.add(user);
}
