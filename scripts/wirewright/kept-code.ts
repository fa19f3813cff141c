/**
 * Files of the command, run as `require` runs them, with what V8 has made of them kept from one run to the next: most of a start
 * is compiling. Where Node itself keeps code (`module.enableCompileCache`, 22.1 and later), it keeps what there is before a file
 * runs, and functions that are called are compiled again each time; this keeps what there is in the end.
 *
 * For the bundle alone: it is CommonJS, and all its files are in one folder.
 */
import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";

interface Loaded {
  readonly exports: unknown;
  readonly script: vm.Script;
}

/** Where the code of each file stands in what is kept. */
type Places = Readonly<Record<string, readonly [start: number, end: number]>>;

const WRAPPER = "(function(exports,require,module,__filename,__dirname){";

/** Bytes of the number in front, which is the length of the places. */
const LENGTH_BYTES = 4;

export class KeptCode {
  readonly #file: string;
  readonly #loaded = new Map<string, Loaded>();
  /** By file. */
  readonly #kept: ReadonlyMap<string, Buffer>;
  #hasNew = false;

  /** @param file where it is kept; nobody but this user may be able to write to it, since what is there is run */
  constructor(file: string) {
    this.#file = file;
    this.#kept = readKept(file);
  }

  /** As `require` does it, to which all is left that is no file of the command. */
  readonly load = (name: string): unknown => {
    if (!name.startsWith("./")) return require(name);
    const known = this.#loaded.get(name);
    if (known !== undefined) return known.exports;
    const file = path.join(__dirname, name);
    const script = this.#compile(name, file);
    const module = { exports: {} };
    // Before it runs: files may lead back to it.
    this.#loaded.set(name, { exports: module.exports, script });
    script.runInThisContext()(module.exports, this.load, module, file, __dirname);
    return module.exports;
  };

  #compile(name: string, filename: string): vm.Script {
    const cachedData = this.#kept.get(name);
    const text = fs.readFileSync(filename, "utf8");
    const script = new vm.Script(`${WRAPPER}${text}\n})`, {
      filename,
      // Stacks of errors count as the file does, and its map.
      columnOffset: -WRAPPER.length,
      ...(cachedData && { cachedData }),
    });
    // With other flags, V8 compiles otherwise.
    if (cachedData === undefined || script.cachedDataRejected) this.#hasNew = true;
    return script;
  }

  /** Keeps what was loaded, beside what other runs have kept, if there is anything new. */
  keep(): void {
    if (!this.#hasNew) return;
    const code = new Map(this.#kept);
    for (const [name, { script }] of this.#loaded) code.set(name, script.createCachedData());
    // Others may be reading the file, or doing the same.
    const own = `${this.#file}.${process.pid}`;
    fs.writeFileSync(own, packed(code), { mode: 0o600 });
    fs.renameSync(own, this.#file);
  }
}

function packed(code: ReadonlyMap<string, Buffer>): Buffer {
  let end = 0;
  const places: Places = Object.fromEntries(
    Array.from(code, ([name, { length }]) => {
      end += length;
      return [name, [end - length, end]];
    }),
  );
  const head = Buffer.from(JSON.stringify(places), "latin1");
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...code.values()]);
}

/** Nothing, where it cannot be read as what `packed` makes. */
function readKept(file: string): Map<string, Buffer> {
  try {
    const kept = fs.readFileSync(file);
    const start = LENGTH_BYTES + kept.readUInt32LE(0);
    const places = JSON.parse(kept.toString("latin1", LENGTH_BYTES, start)) as Places;
    const code = kept.subarray(start);
    return new Map(Object.entries(places).map(([name, place]) => [name, code.subarray(...place)]));
  } catch {
    return new Map();
  }
}
