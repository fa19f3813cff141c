import { expect, test } from "vitest";
import { QUANTUM, RoundRobin, type Task, TURN_WORK } from "../../lib/chat/round-robin.ts";

/** Turns of an event loop that is moved by hand. */
function createLoop() {
  let actions: (() => void)[] = [];
  return {
    later: (action: () => void) => void actions.push(action),
    get isIdle() {
      return actions.length === 0;
    },
    turn() {
      const now = actions;
      actions = [];
      for (const action of now) action();
    },
  };
}

/** Has pieces of work to do, of so much each. */
class Pile implements Task {
  readonly name: string;
  readonly size: number;
  left: number;
  readonly done: string[];

  constructor(name: string, left: number, size: number, done: string[]) {
    this.name = name;
    this.left = left;
    this.size = size;
    this.done = done;
  }

  get hasMore(): boolean {
    return this.left > 0;
  }

  takeTurn(share: number): number {
    let work = 0;
    for (; this.left > 0 && work < share; this.left--) {
      this.done.push(this.name);
      work += this.size;
    }
    return work;
  }
}

test("a little is done at once", () => {
  const loop = createLoop();
  const turns = new RoundRobin<Pile>(loop.later);
  const done: string[] = [];
  turns.request(new Pile("a", 3, 10, done));
  expect(done).toEqual(["a", "a", "a"]);
  loop.turn();
  expect(loop.isIdle).toBe(true);
});

test("who has much gets a share, and then it is the others' turn, in order", () => {
  const loop = createLoop();
  const turns = new RoundRobin<Pile>(loop.later);
  const done: string[] = [];
  const piles = ["a", "b", "c"].map((name) => new Pile(name, 200, 10, done));
  for (const pile of piles) turns.request(pile);
  const share = QUANTUM / 10;
  const round = ["a", "b", "c"].flatMap((name) => Array<string>(share).fill(name));
  expect(done).toEqual(round);
  let count = 0;
  for (; !loop.isIdle; count++) {
    const before = done.length;
    loop.turn();
    expect(done.length - before).toBeLessThanOrEqual(TURN_WORK / 10);
  }
  expect(done).toEqual(
    Array(200 / share)
      .fill(round)
      .flat(),
  );
  expect(count).toBeLessThan(10);
});

test("a newcomer waits for no more than a share of each, however much they have", () => {
  const loop = createLoop();
  const turns = new RoundRobin<Pile>(loop.later);
  const done: string[] = [];
  for (const name of ["a", "b", "c", "d"]) turns.request(new Pile(name, 100_000, 10, done));
  for (let count = 0; count < 20; count++) {
    loop.turn();
    const before = done.length;
    turns.request(new Pile("new", 1, 10, done));
    // The turn has room for it, and does not have to end before.
    expect(done.slice(before)).toEqual(["new"]);
  }
});

test("what there is no room for in a turn comes in the next one, before those who had a share already", () => {
  const loop = createLoop();
  const turns = new RoundRobin<Pile>(loop.later);
  const done: string[] = [];
  const many = Array.from({ length: 30 }, (_, index) => new Pile(`${index}`, 1000, 10, done));
  for (const pile of many) turns.request(pile);
  const first = TURN_WORK / QUANTUM;
  expect(new Set(done)).toEqual(new Set(Array.from({ length: first }, (_, index) => `${index}`)));
  turns.request(new Pile("new", 1, 10, done));
  for (let count = 0; !done.includes("new"); count++) {
    expect(count).toBeLessThan(30 / first + 1);
    loop.turn();
  }
  expect(done.indexOf("new")).toBeLessThanOrEqual((30 + first) * (QUANTUM / 10));
});

test("one that is asked for again and again has one turn, and one that has nothing any more none", () => {
  const loop = createLoop();
  const turns = new RoundRobin<Pile>(loop.later);
  const done: string[] = [];
  const pile = new Pile("a", 10 * (TURN_WORK / 10), 10, done);
  for (let count = 0; count < 1000; count++) turns.request(pile);
  expect(done.length).toBe(QUANTUM / 10);
  pile.left = 0;
  loop.turn();
  loop.turn();
  expect(loop.isIdle).toBe(true);
  expect(done.length).toBe(QUANTUM / 10);
});

test("who is asked for by another's work does not work inside of it", () => {
  const loop = createLoop();
  const turns = new RoundRobin<Task>(loop.later);
  const done: string[] = [];
  const other = new Pile("other", 1, 10, done);
  turns.request({
    hasMore: false,
    takeTurn: () => {
      turns.request(other);
      done.push("first");
      return 10;
    },
  });
  expect(done).toEqual(["first"]);
  loop.turn();
  expect(done).toEqual(["first", "other"]);
});
