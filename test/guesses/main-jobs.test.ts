/** What plain JavaScript gives to the main jobs in the place of what they take: each is one sentence, with what to do. */
import fs from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import * as everywhere from "../../lib/index.ts";
import { encapsulateMessages, WirewrightError } from "../../lib/index.ts";
import * as node from "../../lib/node.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";

type Loose = Record<string, (...given: readonly unknown[]) => unknown>;

/** As a program without types sees them. */
const {
  analyzeCapture,
  captureBytes,
  captureFromBytes,
  encapsulateCsv,
  encapsulateMessages: messages,
  formatAnalysis,
  htmlReport,
  openCaptureBytes,
} = everywhere as unknown as Loose;
const { analyze, edit, encapsulate, openCapture } = node as unknown as Loose;
const { OutputFile } = node as unknown as { OutputFile: Loose };

const folder = temporaryFolder();
const HELLO = [{ from: "Alice", to: "Bob", message: "hello", time: 0 }];
const packet = new Uint8Array(60);
let bytes: Uint8Array;
let file: string;
const output = `${folder}/edited.pcapng`;
const opened = () => captureFromBytes!(bytes);

beforeAll(async () => {
  bytes = (await encapsulateMessages(HELLO)).capture;
  file = captureFile(folder, "hello.pcapng", bytes);
});

/** What is thrown, or what a promise is rejected with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

type Guess = readonly [name: string, call: () => unknown, sentence: string | RegExp];

const VALUES: readonly Guess[] = [
  [
    "captureFromBytes of a path",
    () => captureFromBytes!("x.pcap"),
    'captureFromBytes takes the bytes of a capture, and was given "x.pcap"; give a Uint8Array; for a file use openCapture of wirewright/node.',
  ],
  ["captureFromBytes of nothing", () => captureFromBytes!(), /was given nothing; give a Uint8Array/],
  [
    "captureFromBytes of a promise",
    () => captureFromBytes!(Promise.resolve(bytes)),
    /a promise; write await before it\.$/,
  ],
  ["captureFromBytes of a buffer", () => captureFromBytes!(new ArrayBuffer(9)), /an object of the class ArrayBuffer;/],
  ["openCaptureBytes of a path", () => openCaptureBytes!("x.pcap"), /^openCaptureBytes takes .* "x\.pcap"; give/],
  ["openCaptureBytes of nothing", () => openCaptureBytes!(), /^openCaptureBytes takes .* nothing;/],
  ["openCapture of bytes", () => openCapture!(bytes), /given bytes; .*use openCaptureBytes of wirewright\.$/],
  ["openCapture of nothing", () => openCapture!(), /^openCapture takes the path of a capture, and was given nothing;/],
  ["analyzeCapture of a path", () => analyzeCapture!(file), /^analyzeCapture takes an open capture, .*openCapture of/],
  ["analyzeCapture of bytes", () => analyzeCapture!(bytes), /given bytes; captureFromBytes opens bytes/],
  [
    "analyzeCapture of a promise",
    () => analyzeCapture!(openCaptureBytes!(bytes)),
    /a promise; write await before it\.$/,
  ],
  ["htmlReport of a path", () => htmlReport!(file), /^htmlReport takes an open capture/],
  ["htmlReport of a promise", () => htmlReport!(openCaptureBytes!(bytes)), /write await before it/],
  ["analyze of nothing", () => analyze!(), /^analyze takes options in an object, and was given nothing;/],
  ["encapsulate of nothing", () => encapsulate!(), /^encapsulate takes options in an object/],
  [
    "encapsulate without an input",
    () => encapsulate!({}),
    /^encapsulate takes the path of a CSV, and was given nothing;/,
  ],
  [
    "encapsulate without an output",
    () => encapsulate!("fixtures/chat.csv"),
    /^encapsulate takes the paths of a CSV and/,
  ],
  [
    "formatAnalysis of a promise",
    () => formatAnalysis!(analyzeCapture!(opened())),
    /a promise; write await before it\.$/,
  ],
  ["formatAnalysis of a capture", () => formatAnalysis!(opened()), /^formatAnalysis takes what analyzeCapture/],
  [
    "edit without an output",
    () => edit!(file),
    /^edit takes the path of an output behind that of its input, .* nothing;/,
  ],
  [
    "messages that are text",
    () => messages!("a,b,c"),
    /^encapsulateMessages takes messages.*takes the text of a CSV\.$/,
  ],
  ["no messages", () => messages!(), /was given nothing; give a list/],
  ["one message", () => messages!(HELLO[0]), /was given an object; give a list, as \[\{ from/],
  ["a CSV that is a list", () => encapsulateCsv!(HELLO), /^encapsulateCsv takes a CSV, and was given a list;/],
  ["no CSV", () => encapsulateCsv!(), /given nothing; give its text or its bytes\.$/],
  [
    "one packet",
    () => captureBytes!(packet),
    /^captureBytes takes a list of packets, and was given bytes; give a list/,
  ],
  ["one timed packet", () => captureBytes!({ time: 0, bytes: packet }), /given an object; give a list/],
  ["no packets", () => captureBytes!(), /^captureBytes takes a list of packets, and was given nothing/],
  [
    "a packet without bytes",
    () => captureBytes!([{ time: 0 }]),
    /^captureBytes takes packets as bytes or as \{ time, bytes/,
  ],
  ["a packet that is nothing", () => captureBytes!([undefined]), /packets as bytes .* given nothing;/],
  ["an output without a name", () => OutputFile.open!(), /^OutputFile\.open takes the path of an output/],
];

const OPTIONS: readonly Guess[] = [
  [
    "fliter",
    () => analyzeCapture!(opened(), { fliter: "tcp" }),
    "analyzeCapture has no option fliter; did you mean filter?",
  ],
  [
    "a filter that is a number",
    () => analyzeCapture!(opened(), { filter: 5 }),
    /^The option filter of analyzeCapture is 5;/,
  ],
  ["text as options", () => analyzeCapture!(opened(), "tcp"), /takes options in an object, and was given "tcp"; write/],
  ["conversation", () => htmlReport!(opened(), { conversation: 5 }), /did you mean conversations\?$/],
  [
    "fewer than no conversations",
    () => htmlReport!(opened(), { conversations: -1 }),
    /is -1; give a whole number, 1 or more/,
  ],
  [
    "file",
    () => analyze!({ file }),
    "analyze has no option file; there are input, filter, framing, onPause, onPacket, listenTo, onDatagram, signal.",
  ],
  ["ranges as text", () => edit!(file, output, { ranges: "1-5" }), /is "1-5"; give a list, as parseFrameRanges/],
  ["ranges as texts", () => edit!(file, output, { ranges: ["1-5"] }), /is a list; give a list, as parseFrameRanges/],
  ["a rule as text", () => edit!(file, output, { mapIp: ["10.0.0.0/8=11.0.0.0/8"] }), /as \[parseIpRule\(/],
  [
    "a rule that was not read",
    () => edit!(file, output, { mapMac: [undefined] }),
    /was given nothing; .*parseMacRule\(/,
  ],
  ["shift as text", () => edit!(file, output, { shift: "2h" }), /as parseShift\("2h"\) makes it\.$/],
  ["start as a Date", () => edit!(file, output, { start: new Date(0) }), /class Date; give \{ seconds, nanoseconds \}/],
  ["splitBy as text", () => edit!(file, output, { splitBy: "stream" }), /as parseSplitRule/],
  ["fromat", () => edit!(file, output, { fromat: "pcap" }), "edit has no option fromat; did you mean format?"],
  ["pcapgn", () => edit!(file, output, { format: "pcapgn" }), /is "pcapgn"; give one of pcap, pcapng\.$/],
  ["text to merge", () => edit!(file, output, { merge: file }), /^The option merge of edit is .*give a list in \[/],
  [
    "an option of encapsulate",
    () => encapsulate!("fixtures/chat.csv", output, { sed: 5 }),
    /no option sed; did you mean seed/,
  ],
  ["close", () => messages!(HELLO, { close: "no" }), /is "no"; give one of fin, rst, half, simultaneous, none\.$/],
  ["a format of a capture", () => messages!(HELLO, { format: "pcapgn" }), /give one of pcap, pcapng\.$/],
  ["precision", () => messages!(HELLO, { precision: "ms" }), /give one of us, ns\.$/],
  ["seed as text", () => messages!(HELLO, { seed: "x" }), /is "x"; give a whole number from 0 to 4294967295\.$/],
  ["a seed below 0", () => messages!(HELLO, { seed: -1 }), /is -1; give a whole number from 0/],
  [
    "time that runs backwards",
    () => messages!(HELLO, { roundTripTime: -1000 }),
    /is -1000; give a number of ticks, 0 or/,
  ],
  ["a map that is an object", () => messages!(HELLO, { map: {} }), /give a Map, as new Map\(/],
  ["start as a Date", () => messages!(HELLO, { start: new Date(0) }), /class Date; give \{ seconds, ticks \}/],
  [
    "vlan as a number",
    () => messages!(HELLO, { encapsulation: { vlan: 5 } }),
    /vlan of encapsulation is 5; give a list/,
  ],
  [
    "vlans",
    () => messages!(HELLO, { encapsulation: { vlans: [5] } }),
    "encapsulation has no option vlans; did you mean vlan?",
  ],
  [
    "a tunnel of texts",
    () => messages!(HELLO, { encapsulation: { tunnel: { kind: "gre", near: "1.1.1.1" } } }),
    /parseIpv4/,
  ],
  [
    "fromat of a CSV",
    () => encapsulateCsv!("from,to\n", { fromat: 1 }),
    "encapsulateCsv has no option fromat; did you mean format?",
  ],
  [
    "a format alone",
    () => captureBytes!([packet], "pcap"),
    /^captureBytes takes options in an object, and was given "pcap"/,
  ],
  ["milliseconds", () => captureBytes!([packet], { ticksPerSecond: 1000 }), /is 1000; give one of 1000000, 1000000000/],
  [
    "a link by its name",
    () => captureBytes!([packet], { linkType: "ETHERNET" }),
    /give a whole number from 0 to 65535/,
  ],
];

describe("what is given to a main job in the place of something else", () => {
  it.each([...VALUES, ...OPTIONS])("is told in a sentence: %s", async (_name, call, sentence) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(WirewrightError);
    const { code, message } = error as WirewrightError;
    expect([code, message]).toEqual(["BAD_OPTION", expect.stringMatching(sentence)]);
    if (typeof sentence === "string") expect(message).toBe(sentence);
    expect(fs.existsSync(output)).toBe(false);
  });

  it("leaves out options that are undefined", async () => {
    expect(await captureBytes!([packet], { format: undefined, start: undefined })).toEqual(captureBytes!([packet]));
  });
});

describe("paths alone", () => {
  it("are enough for analyze and encapsulate, as for edit", async () => {
    const { capture } = await node.analyze(file, { filter: "tcp" });
    expect([capture.name, capture.packets]).toEqual([file, 9]);
    const made = `${folder}/chat.pcapng`;
    const { messages: count } = await node.encapsulate("fixtures/chat.csv", made, { seed: 7 });
    await node.encapsulate({ input: "fixtures/chat.csv", output: `${folder}/same.pcapng`, seed: 7 });
    expect(count).toBe(24);
    expect(fs.readFileSync(made)).toEqual(fs.readFileSync(`${folder}/same.pcapng`));
  });
});

describe("a capture that was read already", () => {
  it.each([
    ["analyzeCapture", analyzeCapture!],
    ["htmlReport", htmlReport!],
  ])("is no empty one to %s", async (_name, job) => {
    const capture = opened();
    await job(capture);
    const error = await errorOf(() => job(capture));
    expect(error).toMatchObject({
      code: "ALREADY_READ",
      message: expect.stringMatching(/^All packets of the capture have/),
    });
  });

  it("is one without packets where it has none", async () => {
    const empty = everywhere.captureFromBytes(everywhere.captureBytes([]));
    expect((await everywhere.analyzeCapture(empty)).capture.packets).toBe(0);
  });
});
