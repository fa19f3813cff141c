import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMissing } from "../helpers/judges/tools.ts";
import { LineServer } from "../helpers/programs/line-server.ts";
import { ESC, KEY, Typist } from "../helpers/programs/typist.ts";
import { Peer } from "./peer.ts";

const LONG = "This line is so long that it needs three rows of a terminal that has forty columns only.";
/** Marks in the worst order, eight bytes. */
const HEAP = "\u0315\u0300\u0316\u0327";
const WIDE = "これは長い行です。四十桁の端末では二行以上になりますから、折り返されます";

describe.skipIf(isMissing("python3"))("the client in a terminal of 40 columns", () => {
  let server: LineServer;
  let typist: Typist;

  beforeEach(async () => {
    server = await LineServer.start();
  });

  afterEach(async () => {
    typist.stop();
    await server.stop();
  });

  /** Starts the client, which has its name and its prompt after this. */
  async function start(args: readonly string[] = ["--name", "Alice"], environment: NodeJS.ProcessEnv = {}) {
    server.heard = "";
    const client = ["--import", "tsx", "scripts/chat-client.ts", "--port", `${server.port}`, ...args];
    typist = new Typist([process.execPath, ...client], environment);
    if (!args.includes("--name")) return;
    await server.hears("Alice\n");
    server.say("Welcome Alice! You can now chat.\n");
    await typist.sees((screen) => screen.text.endsWith("chat.\n>"));
  }

  async function hear(line: string): Promise<void> {
    server.say(`${line}\n`);
    await typist.sees(({ text }) => [text, text.replaceAll("\n  ", "")].some((seen) => seen.includes(line)));
  }

  it("shows messages above the line being typed", async () => {
    await start();
    typist.type("Bob: he");
    await typist.sees("> Bob: he");
    await hear("[Carol] Hi, Alice!");
    typist.type(`llo${KEY.enter}`);
    await server.hears("Bob: hello\n");
    await hear("[Bob] Hello.");
    expect(typist.screen.text).toBe(
      ["Welcome Alice! You can now chat.", "[Carol] Hi, Alice!", "> Bob: hello", "[Bob] Hello.", ">"].join("\n"),
    );
  });

  it.each([
    ["a line of three rows", LONG],
    ["a line of wide characters", WIDE],
    ["a line that fills two rows to the last column", "x".repeat(78)],
    ["a line that fills one row to the last column", "x".repeat(38)],
    ["a line typed up to the last column", "typed", "y".repeat(33)],
    ["emoji and accents", `Zoë\u0301 \u{1f600}\u{1f680} ${"日本 ".repeat(12)}`],
  ])("does not garble %s", async (_, first, second = "") => {
    const line = first + second;
    await start();
    typist.type(first);
    await typist.sees(first.slice(-5));
    for (const character of second) typist.type(character);
    const rows = rowsOf(`> ${line}`);
    await typist.sees((screen) => screen.text.trimEnd().endsWith(rows.trimEnd()));
    await hear("[Bob] short");
    await hear(`[Bob] ${LONG}`);
    await hear("[Carol]");
    await typist.sees((screen) => screen.text.trimEnd().endsWith(`\n[Carol]\n${rows.trimEnd()}`));
    expect(typist.screen.text.trimEnd()).toBe(
      ["Welcome Alice! You can now chat.", "[Bob] short", indentedRowsOf(`[Bob] ${LONG}`), "[Carol]", rows]
        .join("\n")
        .trimEnd(),
    );
    typist.type(KEY.enter);
    await server.hears(`${line}\n`);
  });

  it("keeps the cursor where it is in a wrapped line", async () => {
    await start();
    typist.type(LONG);
    await typist.sees("columns only.");
    typist.type(KEY.left.repeat(30));
    await typist.sees((screen) => screen.cursor.column === (LONG.length + 2 - 30) % 40);
    await hear("[Bob] one");
    server.say("[Bob] two\n[Bob] three\n[Bob] four\n");
    await typist.sees("[Bob] four\n> This");
    typist.type("HERE");
    const expected = `${LONG.slice(0, -30)}HERE${LONG.slice(-30)}`;
    await typist.sees((screen) => screen.text.endsWith(rowsOf(`> ${expected}`)));
    expect(typist.screen.text).toBe(
      [
        "Welcome Alice! You can now chat.",
        "[Bob] one",
        "[Bob] two",
        "[Bob] three",
        "[Bob] four",
        rowsOf(`> ${expected}`),
      ].join("\n"),
    );
    typist.type(KEY.enter);
    await server.hears(`${expected}\n`);
  });

  it("stays whole under a shower of messages on a full screen, while somebody types", async () => {
    await start();
    const said = Array.from({ length: 300 }, (_, index) =>
      `[Bob] message ${index} ${"and more ".repeat(index % 7)}`.trim(),
    );
    let typed = "";
    for (const [index, line] of said.entries()) {
      server.say(`${line}\n`);
      if (index % 3 !== 0) continue;
      const key = "abcdefghij"[index % 10]!;
      typed += key;
      typist.type(key);
      await typist.sees((screen) => screen.text.replaceAll("\n", "").endsWith(`> ${typed}`));
    }
    await typist.sees((screen) => screen.text.includes("message 299") && screen.text.endsWith(rowsOf(`> ${typed}`)));
    const expected = ["Welcome Alice! You can now chat.", ...said.map(indentedRowsOf), rowsOf(`> ${typed}`)];
    expect(typist.screen.text).toBe(expected.join("\n"));
  });

  it("sends each line of a paste, and brings sent lines back with the arrow keys", async () => {
    await start();
    typist.type(`Bob: ${"one ".repeat(10)}\rBob: two\rBob: three\r`);
    await server.hears(`Bob: ${"one ".repeat(10)}\nBob: two\nBob: three\n`);
    typist.type(KEY.up + KEY.up + KEY.enter);
    await server.hears("Bob: three\nBob: two\n");
    await typist.sees((screen) => screen.text.match(/Bob: two/g)?.length === 2);
  });

  it("asks for a name, and asks again when it is refused", async () => {
    await start([]);
    await typist.sees("Your name:");
    typist.type("Bob\r");
    await server.hears("Bob\n");
    server.say("Name not accepted: Bob is taken; send another name.\n");
    await typist.sees((screen) => screen.text.endsWith("name.\nYour name:"));
    typist.type("Bobby\r");
    await server.hears("Bobby\n");
    server.say("Welcome Bobby! You can now chat.\n");
    await typist.sees((screen) => screen.text.endsWith("chat.\n>"));
  });

  it("keeps the unsent line, and the name, when the server goes and comes back", async () => {
    await start();
    typist.type(LONG);
    await typist.sees("columns only.");
    const { port } = server;
    await server.stop();
    await typist.sees("C leaves.");
    typist.type(KEY.enter);
    await typist.sees("the line is kept.");
    server = await LineServer.start(port);
    await typist.sees("Connected again.");
    await server.hears("Alice\n");
    await typist.sees((screen) => screen.text.endsWith(rowsOf(`> ${LONG}`)));
    typist.type(KEY.enter);
    await server.hears(`${LONG}\n`);
    expect(server.heard).toBe(`Alice\n${LONG}\n`);
    expect(typist.screen.text.match(/Ctrl-C leaves/g)).toHaveLength(1);
  });

  it("leaves with Ctrl-D, quit and Ctrl-C", async () => {
    await start();
    typist.type(KEY.ctrlD);
    expect(await typist.exitCode()).toBe(0);
    await start();
    typist.type("Bob: bye\rquit\r");
    expect(await typist.exitCode()).toBe(0);
    expect(server.heard).toBe("Alice\nBob: bye\nquit\n");
    await start();
    typist.type(`half a line${KEY.ctrlC}`);
    expect(await typist.exitCode()).toBe(130);
  });

  it("lets nothing of what a server sends act on the terminal", async () => {
    await start();
    server.say(`[Eve] ${ESC}]0;title\x07${ESC}[2J${ESC}[31m\x9b5A\x07\rred\u202etxt\x00\x1b\n[Bob] end\n`);
    await typist.sees("[Bob] end");
    expect(typist.screen.text).toContain("[Eve] redtxt\n[Bob] end");
    expect(typist.output).not.toContain("title");
    expect(typist.output).not.toContain(`${ESC}[2J`);
  });

  it.each([
    ["letters", "x".repeat(34)],
    ["wide characters", "\u9577".repeat(17)],
    ["emoji of parts", "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}".repeat(17)],
    ["letters with marks", "e\u0323\u0301".repeat(34)],
    ["hearts in colour", "\u2764\ufe0f".repeat(17)],
    ["a tab in the last column", `${"x".repeat(33)}\t`],
    ["spaces", `${"x".repeat(33)} `],
    ["a whole row more", "x".repeat(74)],
  ])("lets no end of a message pass for a line, after %s", async (_, filler) => {
    await start();
    server.say(`[Eve] ${filler}[Bob] pay Eve\n[Carol] next\n`);
    await typist.sees((screen) => screen.text.includes("[Carol] next"));
    const rows = typist.screen.text.split("\n");
    expect(rows.filter((row) => /^\S/.test(row)).map((row) => row.split(" ")[0])).toEqual([
      "Welcome",
      "[Eve]",
      "[Carol]",
      ">",
    ]);
    expect(typist.screen.text.replaceAll("\n  ", "")).toContain("[Bob] pay Eve");
    // Whatever this terminal thinks of the widths, it begins no row by itself.
    expect(typist.output).toMatch(new RegExp(`${ESC}\\[\\?7l\\S*\\[Eve\\][^]*pay Eve${ESC}\\[\\?7h`));
  });

  it("shows what was sent like a line, too", async () => {
    await start();
    typist.type(`Bob: ${LONG}`);
    await typist.sees("columns only.");
    typist.type(KEY.enter);
    await server.hears(`Bob: ${LONG}\n`);
    await hear("[Bob] yes");
    expect(typist.screen.text).toBe(
      ["Welcome Alice! You can now chat.", indentedRowsOf(`> Bob: ${LONG}`), "[Bob] yes", ">"].join("\n"),
    );
  });

  it.each([
    ["256 KiB of marks for a sender", `[${HEAP.repeat(32_768)}] x\n`, "(The line is cut here"],
    ["256 KiB of marks in a text", `[Eve] ${HEAP.repeat(32_768)}\n`, "(The line is cut here"],
    ["8 MiB without an end of line", "x".repeat(8 << 20), "(A line that is too long to be shown"],
    ["many long lines", `${"\u9577".repeat(16_000)}\n`.repeat(20), "\u9577\u9577"],
  ])("hears Ctrl-C after %s", async (_, said, seen) => {
    await start();
    server.say(said);
    await typist.sees(({ text }) => text.replaceAll("\n  ", "").includes(seen));
    typist.type(KEY.ctrlC);
    expect(await typist.exitCode()).toBe(130);
  });

  it("indents on the terminal of a pipe as well", async () => {
    const client = `${process.execPath} --import tsx scripts/chat-client.ts --port ${server.port} --name Alice`;
    server.heard = "";
    typist = new Typist(["sh", "-c", `sleep 60 | ${client}`]);
    await server.hears("Alice\n");
    server.say(`Welcome Alice! You can now chat.\n[Eve] ${"x".repeat(34)}[Bob] pay Eve\n`);
    await typist.sees("pay Eve");
    expect(typist.screen.text.trimEnd().split("\n")).toEqual([
      "Welcome Alice! You can now chat.",
      `[Eve] ${"x".repeat(34)}`,
      "  [Bob] pay Eve",
    ]);
    typist.type(KEY.ctrlC);
    await typist.exitCode();
  });

  it("paints users, unless NO_COLOR is set", async () => {
    const painted = new RegExp(`${ESC}\\[(?:1;)?3[1-6]m\\[Bob\\]${ESC}\\[22;39m hi`);
    await start();
    await hear("[Bob] hi");
    expect(typist.output).toMatch(painted);
    typist.stop();
    await start(undefined, { NO_COLOR: "1" });
    await hear("[Bob] hi");
    expect(typist.output).toContain("[Bob] hi");
    expect(typist.output).not.toMatch(painted);
  });
});

describe.skipIf(isMissing("python3"))("the server in a terminal of 40 columns", () => {
  it("lets no end of a message pass for a line of its log", async () => {
    const script = [process.execPath, "--import", "tsx", "scripts/chat-server.ts", "--port", "0"];
    const typist = new Typist(script);
    try {
      await typist.sees("Listening on port");
      const port = Number(/port (\d+)/.exec(typist.screen.text)?.[1]);
      const [eve, bob] = [await Peer.named(port, "Eve"), await Peer.named(port, "Bob")];
      eve.line(`Bob: ${"x".repeat(27)}[DISCONNECTED] Bob`);
      await bob.next();
      await typist.sees("[DISCONNECTED] Bob");
      const rows = typist.screen.text.trimEnd().split("\n");
      expect(rows.slice(-2)).toEqual([`[Eve → Bob]: ${"x".repeat(27)}`, "  [DISCONNECTED] Bob"]);
    } finally {
      typist.type(KEY.ctrlC);
      await typist.exitCode();
    }
  });
});

/** A line of the chat, of which the first row alone starts at the edge. */
function indentedRowsOf(text: string): string {
  return rowsOf(text, "  ");
}

/** The text as a terminal of 40 columns wraps it. */
function rowsOf(text: string, indent = ""): string {
  const rows: string[] = [""];
  let width = 0;
  for (const character of text) {
    const cells = /\p{M}/u.test(character) ? 0 : /[\u3000-\u9fff\u{1f000}-\u{1ffff}]/u.test(character) ? 2 : 1;
    if (width + cells > 40) {
      rows.push(indent);
      width = indent.length;
    }
    rows[rows.length - 1] += character;
    width += cells;
  }
  return rows.map((row) => row.trimEnd()).join("\n");
}
