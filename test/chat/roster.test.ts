import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Roster } from "../../lib/chat/roster.ts";

function rosterOf(...names: string[]): Roster<string> {
  const roster = new Roster<string>();
  // The connection of Alice is "alice", and so on.
  for (const name of names) expect(roster.claim(name, name.toLowerCase())).toBe(true);
  return roster;
}

describe("names", () => {
  it("belong to one connection, however they are written", () => {
    const roster = rosterOf("Alice", "Éva");
    expect(roster.claim("ALICE", "x")).toBe(false);
    expect(roster.claim("e\u0301va", "x")).toBe(false);
    expect(roster.find("aLICE")).toBe("alice");
    expect(roster.find("Bob")).toBeUndefined();
    expect(roster.nameOf("alice")).toBe("Alice");
    expect(roster.size).toBe(2);
  });

  it("are one to a connection", () => {
    const roster = rosterOf("Alice");
    expect(roster.claim("Bob", "alice")).toBe(false);
    expect(roster.names()).toEqual(["Alice"]);
  });

  it.each([
    ["Alice", "\u0410\u04c0\u0456\u0441\u0435", "all of it Cyrillic"],
    ["Alice", "\u0430\u04cf\u0456\u0441\u0435", "in small letters"],
    ["Alice", "A\u01c0ice", "with a click for a letter"],
    ["Alice", "AIice", "with a capital for a small letter"],
    ["Alice", "A1ice", "with a digit"],
    ["Alice", "Ali\u0307ce", "with a second dot"],
    ["Al\u1ecbce", "Ali\u0323\u0307ce", "with a second dot above one below"],
    ["Alice", "\u1d00\u029f\u026a\u1d04\u1d07", "in small capitals"],
    ["Alice", "\u1d00lice", "with one of them"],
    ["\u0645\u062d\u0645\u062f", "\u0645\u062d\u0640\u0640\u0645\u062f", "made longer"],
    ["bob", "\u0392\u039f\u0392", "in Greek capitals"],
    ["BOB", "\u0392\u03bf\u0392", "in Greek letters of both cases"],
    ["scope", "\u0455\u0441\u043e\u0440\u0435", "the example of UTS 39"],
    ["Tom", "Torn", "by two letters that look like one"],
    ["User0", "UserO", "with a letter for a digit"],
  ])("are not given to somebody who would look like %s: %s, %s", (name, other) => {
    for (const [first, second] of [
      [name, other],
      [other, name],
    ] as const) {
      const roster = new Roster<number>();
      expect(roster.claim(first, 1)).toBe(true);
      expect(roster.claim(second, 2)).toBe(false);
      expect(roster.similarTo(second)).toBe(first);
      expect(roster.find(second)).toBeUndefined();
      roster.release(1);
      expect(roster.similarTo(second)).toBeUndefined();
      expect(roster.claim(second, 2)).toBe(true);
    }
  });

  it("that people tell apart are given", () => {
    const names = ["Mai", "Mal", "Gai", "Gal", "Ali", "Alia", "Ann", "Anna", "\u00c1nn", "User1", "User2", "User11"];
    const roster = new Roster<string>();
    for (const name of [...names, "\u0410\u043d\u043d\u0430", "\u05d3\u05e0\u05d4", "\u05d3\u05e0"])
      expect(roster.claim(name, name)).toBe(true);
  });

  it("are freed exactly once", () => {
    const roster = rosterOf("Alice");
    expect(roster.release("alice")).toEqual({ name: "Alice", abandoned: [] });
    expect(roster.claim("Alice", "newcomer")).toBe(true);
    expect(roster.release("alice")).toBeUndefined();
    expect(roster.find("Alice")).toBe("newcomer");
    expect(roster.release("stranger")).toBeUndefined();
  });

  it("are listed in the order of joining", () => {
    const roster = rosterOf("Carol", "Alice", "Bob");
    roster.release("alice");
    roster.claim("Alice", "again");
    expect(roster.names()).toEqual(["Carol", "Bob", "Alice"]);
    expect([...roster.connections()]).toEqual(["carol", "bob", "again"]);
  });
});

describe("chats", () => {
  it("draw a partner in who has none", () => {
    const roster = rosterOf("Alice", "Bob");
    expect(roster.open("alice", "bob")).toEqual({ partner: "joined", ended: undefined });
    expect(roster.partnerOf("alice")).toBe("bob");
    expect(roster.partnerOf("bob")).toBe("alice");
    expect(roster.open("alice", "bob")).toEqual({ partner: "mutual", ended: undefined });
    expect(roster.open("bob", "alice")).toEqual({ partner: "mutual", ended: undefined });
  });

  it("leave a partner alone who is in another one", () => {
    const roster = rosterOf("Alice", "Bob", "Carol");
    roster.open("alice", "bob");
    expect(roster.open("carol", "bob")).toEqual({ partner: "busy", ended: undefined });
    expect(roster.partnerOf("carol")).toBe("bob");
    expect(roster.partnerOf("bob")).toBe("alice");
    expect(roster.close("carol")).toEqual({ partner: "bob", isMutual: false });
    expect(roster.partnerOf("bob")).toBe("alice");
  });

  it("end for both", () => {
    const roster = rosterOf("Alice", "Bob");
    roster.open("alice", "bob");
    expect(roster.close("bob")).toEqual({ partner: "alice", isMutual: true });
    expect(roster.partnerOf("alice")).toBeUndefined();
    expect(roster.close("alice")).toBeUndefined();
    expect(roster.close("bob")).toBeUndefined();
  });

  it("end for the former partner when a user opens another one", () => {
    const roster = rosterOf("Alice", "Bob", "Carol");
    roster.open("alice", "bob");
    expect(roster.open("alice", "carol")).toEqual({ partner: "joined", ended: "bob" });
    expect(roster.partnerOf("bob")).toBeUndefined();
    expect(roster.partnerOf("carol")).toBe("alice");
  });

  it("end for all whose partner leaves", () => {
    const roster = rosterOf("Alice", "Bob", "Carol", "Dan");
    roster.open("alice", "bob");
    roster.open("carol", "bob");
    expect(roster.release("bob")).toEqual({ name: "Bob", abandoned: ["alice", "carol"] });
    expect(roster.partnerOf("alice")).toBeUndefined();
    expect(roster.partnerOf("carol")).toBeUndefined();
    expect(roster.release("alice")).toEqual({ name: "Alice", abandoned: [] });
  });

  it("need two users with a name", () => {
    const roster = rosterOf("Alice");
    expect(roster.open("alice", "alice")).toBeUndefined();
    expect(roster.open("alice", "stranger")).toBeUndefined();
    expect(roster.open("stranger", "alice")).toBeUndefined();
    expect(roster.close("stranger")).toBeUndefined();
    expect(roster.partnerOf("stranger")).toBeUndefined();
  });
});

/** The roster as plainly as it can be written: lists that are searched from end to end. */
interface Model {
  users: { name: string; connection: number }[];
  partners: Map<number, number>;
}

const CONNECTIONS = [0, 1, 2, 3, 4];
const NAMES = ["Alice", "ALICE", "Bob", "bob", "Carol", "Dan"];

type Step =
  | { what: "claim"; name: string; connection: number }
  | { what: "open"; user: number; partner: number }
  | { what: "close" | "release"; user: number };

const connection = fc.constantFrom(...CONNECTIONS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant("claim" as const), name: fc.constantFrom(...NAMES), connection }),
  fc.record({ what: fc.constant("open" as const), user: connection, partner: connection }),
  fc.record({ what: fc.constantFrom("close" as const, "release" as const), user: connection }),
);

function isIn(model: Model, user: number): boolean {
  return model.users.some((entry) => entry.connection === user);
}

function closeInModel(model: Model, user: number): unknown {
  const partner = model.partners.get(user);
  if (partner === undefined) return undefined;
  const isMutual = model.partners.get(partner) === user;
  model.partners.delete(user);
  if (isMutual) model.partners.delete(partner);
  return { partner, isMutual };
}

function openInModel(model: Model, user: number, partner: number): unknown {
  if (user === partner || !isIn(model, user) || !isIn(model, partner)) return undefined;
  const former = model.partners.get(user);
  let ended: number | undefined;
  if (former !== undefined && former !== partner && model.partners.get(former) === user) {
    ended = former;
    model.partners.delete(former);
  }
  model.partners.set(user, partner);
  const back = model.partners.get(partner);
  if (back === undefined) model.partners.set(partner, user);
  return { partner: back === undefined ? "joined" : back === user ? "mutual" : "busy", ended };
}

function releaseInModel(model: Model, user: number): unknown {
  const entry = model.users.find((other) => other.connection === user);
  if (entry === undefined) return undefined;
  const abandoned = CONNECTIONS.filter((other) => model.partners.get(other) === user);
  for (const other of abandoned) model.partners.delete(other);
  model.partners.delete(user);
  model.users = model.users.filter((other) => other !== entry);
  return { name: entry.name, abandoned };
}

function claimInModel(model: Model, name: string, user: number): boolean {
  const isTaken = model.users.some((entry) => entry.name.toLowerCase() === name.toLowerCase());
  if (isTaken || isIn(model, user)) return false;
  model.users.push({ name, connection: user });
  return true;
}

function take(step: Step, roster: Roster<number>, model: Model): void {
  switch (step.what) {
    case "claim":
      expect(roster.claim(step.name, step.connection)).toBe(claimInModel(model, step.name, step.connection));
      break;
    case "open":
      expect(roster.open(step.user, step.partner)).toEqual(openInModel(model, step.user, step.partner));
      break;
    case "close":
      expect(roster.close(step.user)).toEqual(closeInModel(model, step.user));
      break;
    case "release": {
      const departure = roster.release(step.user);
      const sorted = departure && { ...departure, abandoned: [...departure.abandoned].sort() };
      expect(sorted).toEqual(releaseInModel(model, step.user));
    }
  }
}

describe("any operations", () => {
  it("leave the roster as a plain model of it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const roster = new Roster<number>();
        const model: Model = { users: [], partners: new Map() };
        for (const one of steps) {
          take(one, roster, model);
          expect(roster.size).toBe(model.users.length);
          expect(roster.names()).toEqual(model.users.map((entry) => entry.name));
          expect([...roster.connections()]).toEqual(model.users.map((entry) => entry.connection));
          for (const user of CONNECTIONS) expect(roster.partnerOf(user)).toBe(model.partners.get(user));
          for (const entry of model.users) expect(roster.find(entry.name)).toBe(entry.connection);
        }
        for (const user of CONNECTIONS) roster.release(user);
        expect(roster.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
