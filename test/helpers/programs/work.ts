/**
 * What some code does, counted: no clock has a part in it, nor what else the machine has to do. Loading this makes the
 * file that does so slow, so tests of growth have files of their own.
 */
import { Session } from "node:inspector/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import v8 from "node:v8";

// Optimised code does not count the calls that it has inlined.
for (const flag of ["--no-opt", "--no-maglev"]) v8.setFlagsFromString(flag);

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** What is counted: our own code, and the packages that it hands much to. */
const COUNTED = ["lib/", "scripts/", "node_modules/csv-parse/", "node_modules/string-width/"].flatMap((folder) => [
  `${ROOT}${folder}`,
  pathToFileURL(`${ROOT}${folder}`).href,
]);

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

export interface Work {
  /** Runs of a block of code: of a function, a branch, a loop's body. */
  readonly steps: number;
  /** Bytes, characters and elements that were copied, moved or looked through by what the language brings along. */
  readonly moved: number;
}

export async function workOf(act: () => unknown): Promise<Work> {
  await session.post("Profiler.takePreciseCoverage");
  moved = 0;
  const restore = watchNatives();
  try {
    await act();
  } finally {
    restore();
  }
  return { steps: await takeSteps(), moved };
}

async function takeSteps(): Promise<number> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  let steps = 0;
  for (const { url, functions } of result) {
    if (!COUNTED.some((folder) => url.startsWith(folder))) continue;
    for (const { ranges } of functions) for (const { count } of ranges) steps += count;
  }
  return steps;
}

let moved = 0;

type Native = (this: { length: number; byteLength?: number }, ...args: never[]) => unknown;
/** What a call costs, by what it was called on, with and what it gave. */
type Cost = (self: { length: number }, args: readonly unknown[], result: unknown) => number;

const lengthOf = (value: unknown) => (value as { length?: number } | undefined)?.length ?? 0;
const byResult: Cost = (_self, _args, result) => lengthOf(result);
const byArgument: Cost = (_self, [first]) => lengthOf(first);
const byAll: Cost = (self) => lengthOf(self);
/** Looks until it has found something, from where it was told. */
const bySearch: Cost = (self, [, from], result) => {
  const start = typeof from === "number" && from > 0 ? Math.min(from, self.length) : 0;
  return Math.max(0, (typeof result === "number" && result >= 0 ? result : self.length) - start);
};
const bySplice: Cost = (self, [start, , ...added]) => Math.max(0, self.length - Number(start ?? 0)) + added.length;
const bySort: Cost = (self) => self.length * Math.max(1, Math.log2(self.length || 1));

const NATIVES: readonly (readonly [owner: object, costs: Record<string, Cost>])[] = [
  [
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    {
      set: byArgument,
      slice: byResult,
      fill: byAll,
      copyWithin: byAll,
      indexOf: bySearch,
      lastIndexOf: byAll,
      sort: bySort,
    },
  ],
  [Buffer, { concat: byResult }],
  [Buffer.prototype, { indexOf: bySearch, includes: byAll, toString: byResult, copy: byAll }],
  [
    Array.prototype,
    {
      splice: bySplice,
      unshift: byAll,
      slice: byResult,
      concat: byResult,
      indexOf: bySearch,
      includes: byAll,
      sort: bySort,
    },
  ],
  [
    String.prototype,
    {
      indexOf: bySearch,
      lastIndexOf: byAll,
      includes: byAll,
      split: byAll,
      normalize: byAll,
      toLowerCase: byAll,
      trim: byAll,
    },
  ],
  [String.prototype, { replace: byAll, replaceAll: byAll, match: byAll }],
  [TextDecoder.prototype, { decode: byArgument }],
  [TextEncoder.prototype, { encode: byArgument, encodeInto: byArgument }],
];

/** @returns what undoes it */
function watchNatives(): () => void {
  const originals: (() => void)[] = [];
  for (const [owner, costs] of NATIVES) {
    for (const [name, cost] of Object.entries(costs)) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, name)!;
      const original = descriptor.value as Native;
      const watched: Native = function (...args) {
        const result = original.apply(this, args);
        moved += cost(this, args, result);
        return result;
      };
      Object.defineProperty(owner, name, { ...descriptor, value: watched });
      originals.push(() => Object.defineProperty(owner, name, descriptor));
    }
  }
  return () => {
    for (const restore of originals) restore();
  };
}

/** Twice the work for twice the size, and something for what is done once. What grows with the square takes four times. */
const MOST_GROWTH = 2.6;
const ONCE = 2000;

/**
 * Fails unless the work grows with the size, and not with its square.
 *
 * @param prepare makes what is worked on, which is not counted, and gives the work
 * @param size large enough for a square to be seen; its double is tried too
 * @param mostSteps for each one of `size`, where a limit keeps a square from being seen
 */
export async function expectProportional(
  prepare: (size: number) => () => unknown,
  size: number,
  mostSteps = Number.POSITIVE_INFINITY,
): Promise<void> {
  // What is made when it is first needed is there then.
  await prepare(Math.ceil(size / 10))();
  const [once, twice] = [await workOf(prepare(size)), await workOf(prepare(2 * size))];
  for (const kind of ["steps", "moved"] as const) {
    const most = MOST_GROWTH * once[kind] + ONCE;
    if (twice[kind] > most) {
      throw new Error(`for ${size} there were ${once[kind]} ${kind}, and for twice as much ${twice[kind]}`);
    }
  }
  if (twice.steps > mostSteps * 2 * size) throw new Error(`${twice.steps} steps for ${2 * size}`);
  // Nothing counted, nothing shown.
  if (twice.steps <= once.steps) throw new Error(`${once.steps} steps for ${size}, ${twice.steps} for twice as much`);
}
