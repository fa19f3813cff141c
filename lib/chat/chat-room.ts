/** What the commands of users do: who gets which line. Knows nothing of sockets. */

import { hasVisible } from "./clean-text.ts";
import type { ChatLimits } from "./limits.ts";
import type { Command, LineContext } from "./line-protocol.ts";
import { checkName, isNameSized } from "./names.ts";
import * as notices from "./notices.ts";
import { Roster } from "./roster.ts";

/** How the room acts on the connections. */
export interface RoomActions<Member> {
  /** Hands a member a line of the server. */
  say(to: Member, line: string): void;
  /** Hands members a message. `from` is told of each who does not get it. */
  relay(from: Member, to: readonly Member[], line: string): void;
  leave(member: Member, farewell: string): void;
  named(member: Member, name: string): void;
  message(from: string, to: string, text: string): void;
}

export class ChatRoom<Member> {
  readonly #limits: ChatLimits;
  readonly #actions: RoomActions<Member>;
  readonly #roster = new Roster<Member>();

  constructor(limits: ChatLimits, actions: RoomActions<Member>) {
    this.#limits = limits;
    this.#actions = actions;
  }

  /** The names of all users, in the order in which they came. */
  names(): string[] {
    return this.#roster.names();
  }

  /** What the meaning of a member's next line depends on. */
  contextOf(member: Member): LineContext {
    return {
      isNamed: this.#roster.nameOf(member) !== undefined,
      hasChat: this.#roster.partnerOf(member) !== undefined,
      maxName: this.#limits.maxName,
      isUser: (name) => this.#find(name) !== undefined,
    };
  }

  follow(member: Member, command: Command): void {
    const { say, leave } = this.#actions;
    switch (command.kind) {
      case "name":
        return this.#takeName(member, command.name);
      case "send":
        return this.#send(member, command.to, command.text);
      case "say":
        return this.#sayToPartner(member, command.text);
      case "broadcast":
        return this.#broadcast(member, command.text);
      case "list":
        return say(member, notices.usersOnline(this.#roster.names()));
      case "chat":
        return this.#openChat(member, command.partner);
      case "end":
        return this.#endChat(member);
      case "help":
        for (const line of notices.help()) say(member, line);
        return;
      case "quit":
        return leave(member, notices.goodbye(this.#roster.nameOf(member)));
      case "nothing":
        return;
      case "refused":
        return say(member, command.reason);
    }
  }

  /** Frees the name of a member who leaves, and tells those who were in a chat with it. */
  release(member: Member): void {
    const departure = this.#roster.release(member);
    if (departure === undefined) return;
    for (const other of departure.abandoned) this.#actions.say(other, notices.chatEndedByLeaving(departure.name));
  }

  /** The same without a word, for when everybody has to leave. */
  forget(member: Member): void {
    this.#roster.release(member);
  }

  #nameOf(member: Member): string {
    return this.#roster.nameOf(member) ?? "";
  }

  /** Nobody is looked for whose name would be too long. */
  #find(name: string): Member | undefined {
    return isNameSized(name, this.#limits.maxName) ? this.#roster.find(name) : undefined;
  }

  #takeName(member: Member, text: string): void {
    const { say, named } = this.#actions;
    const check = checkName(text, this.#limits);
    if ("reason" in check) return say(member, notices.nameNotAccepted(check.reason));
    if (!this.#roster.claim(check.name, member)) return say(member, this.#whyNotClaimed(check.name));
    named(member, check.name);
    say(member, notices.welcome(check.name));
  }

  #whyNotClaimed(name: string): string {
    const other = this.#roster.similarTo(name);
    const isTaken = other === undefined || this.#roster.find(name) !== undefined;
    return isTaken ? notices.nameTaken(name) : notices.nameLooksLike(name, other);
  }

  #send(member: Member, name: string, text: string): void {
    const { say } = this.#actions;
    const other = this.#find(name);
    if (other === undefined) return say(member, notices.userNotFound(name));
    if (other === member) return say(member, notices.thatIsYou());
    if (!hasVisible(text)) return say(member, notices.emptyText());
    this.#deliver(member, other, text);
  }

  #sayToPartner(member: Member, text: string): void {
    const { say } = this.#actions;
    const partner = this.#roster.partnerOf(member);
    if (partner === undefined) return say(member, notices.nobodyAddressed());
    if (!hasVisible(text)) return say(member, notices.emptyText());
    this.#deliver(member, partner, text);
  }

  #deliver(member: Member, other: Member, text: string): void {
    const from = this.#nameOf(member);
    this.#actions.relay(member, [other], notices.relayed(from, text));
    this.#actions.message(from, this.#nameOf(other), text);
  }

  #broadcast(member: Member, text: string): void {
    const { say, relay, message } = this.#actions;
    if (!hasVisible(text)) return say(member, notices.emptyText());
    if (this.#roster.size === 1) return say(member, notices.nobodyElse());
    const from = this.#nameOf(member);
    const others: Member[] = [];
    for (const other of this.#roster.connections()) if (other !== member) others.push(other);
    relay(member, others, notices.relayed(from, text));
    message(from, "all", text);
  }

  #openChat(member: Member, name: string): void {
    const { say } = this.#actions;
    const partner = this.#find(name);
    if (partner === undefined) return say(member, notices.userNotFound(name));
    const opened = this.#roster.open(member, partner);
    if (opened === undefined) return say(member, notices.thatIsYou());
    const own = this.#nameOf(member);
    const other = this.#nameOf(partner);
    if (opened.ended !== undefined) say(opened.ended, notices.chatEnded(own));
    say(member, notices.chatOpened(other));
    if (opened.partner === "joined") say(partner, notices.chatOpenedBy(own));
    if (opened.partner === "busy") say(member, notices.partnerIsBusy(other));
  }

  #endChat(member: Member): void {
    const { say } = this.#actions;
    const closed = this.#roster.close(member);
    if (closed === undefined) return say(member, notices.noChatOpen());
    say(member, notices.chatEnded(this.#nameOf(closed.partner)));
    if (closed.isMutual) say(closed.partner, notices.chatEnded(this.#nameOf(member)));
  }
}
