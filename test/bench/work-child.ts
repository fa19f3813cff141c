/**
 * One work of the library in a process of its own, for the benchmark. Started by itself it does the work once, as a whole
 * process; forked, it does it each time it is told to and answers how long that took, so that a warmed-up library is
 * measured, and no work is judged with what the compiler learnt of another one.
 */
import type { PayloadMode } from "../../lib/traffic/completers/protocols.ts";
import type { Workload } from "./workload.ts";

export interface WorkFigures extends Workload {
  readonly seconds: number;
  readonly userSeconds: number;
}

/** Each loads what it needs and nothing else, because loading is a good part of a whole process. */
const works: Readonly<Record<string, (...args: string[]) => Promise<Workload>>> = {
  async compose(frames) {
    const { composeFrames } = await import("./composed-frames.ts");
    return composeFrames(Number(frames));
  },
  async stacks(packets) {
    const { composeStacks } = await import("./composed-stacks.ts");
    return composeStacks(Number(packets));
  },
  async session(messages, size, output) {
    const { writeSession } = await import("./session-to-file.ts");
    return writeSession(output!, Number(messages), Number(size));
  },
  async lossy(messages, size, output) {
    const { writeLossySession } = await import("./lossy-sessions.ts");
    return writeLossySession(output!, Number(messages), Number(size));
  },
  async connections(count) {
    const { holdLossyConnections } = await import("./lossy-sessions.ts");
    return holdLossyConnections(Number(count));
  },
  async encapsulate(input, output, payload) {
    const { encapsulate } = await import("../../lib/encapsulate.ts");
    const { packets, bytes } = await encapsulate({ input: input!, output, payload: payload as PayloadMode });
    return { packets, payloadBytes: bytes };
  },
  async dissect(input) {
    const { dissectCapture } = await import("./dissect-capture.ts");
    return dissectCapture(input!);
  },
  async edit(input, output, rule) {
    const { edit } = await import("../../lib/edit.ts");
    const { parseIpRule } = await import("../../lib/edit/address-map.ts");
    const { written } = await edit(input!, output!, { mapIp: [parseIpRule(rule!)] });
    return { packets: written, payloadBytes: 0 };
  },
  async analyze(input) {
    const { analyze } = await import("../../lib/analyze.ts");
    const { capture, tcpStreams } = await analyze({ input: input! });
    const payloadBytes = tcpStreams.reduce((sum, stream) => sum + stream.bytesFromHigher + stream.bytesFromLower, 0);
    return { packets: capture.packets, payloadBytes };
  },
};

const [name, ...args] = process.argv.slice(2) as [string, ...string[]];
const work = works[name]!;
if (process.send === undefined) {
  const { packets, payloadBytes } = await work(...args);
  console.log(packets, payloadBytes);
} else {
  process.on("message", async () => {
    const start = performance.now();
    const before = process.cpuUsage();
    const load = await work(...args);
    const seconds = (performance.now() - start) / 1000;
    const figures: WorkFigures = { ...load, seconds, userSeconds: process.cpuUsage(before).user / 1e6 };
    process.send?.(figures);
  });
  process.on("disconnect", () => process.exit());
}
