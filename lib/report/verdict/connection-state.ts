/** Whether the TCP connections of a capture were opened, used and closed as they should be. */
import type { TcpStream } from "../../streams/tcp-stream.ts";
import { hasPackets } from "../stream-selection.ts";
import { count } from "../wording.ts";
import type { VerdictPart, VerdictSentence } from "./sentence.ts";
import { cameToNothing, isIdle } from "./stream-traits.ts";

/** Some connections of which the same is to be said, with the frame that shows it of each. */
interface Case {
  readonly holds: (stream: TcpStream) => boolean;
  /** What is said of one, and of several: "is refused", "are refused". */
  readonly one: string;
  readonly several: string;
  readonly frameOf: (stream: TcpStream) => number;
}

const OPENINGS: readonly Case[] = [
  {
    holds: ({ handshake }) => handshake === "complete",
    one: "opens with a whole handshake",
    several: "open with a whole handshake",
    frameOf: ({ synFrame }) => synFrame,
  },
  {
    holds: ({ handshake }) => handshake === "refused",
    one: "is refused",
    several: "are refused",
    frameOf: ({ fromServer }) => fromServer.resetFrame,
  },
  {
    holds: ({ handshake }) => handshake === "unanswered",
    one: "gets no answer",
    several: "get no answer",
    frameOf: ({ synFrame }) => synFrame,
  },
  {
    holds: ({ handshake }) => handshake === "partial",
    one: "shows part of a handshake",
    several: "show part of a handshake",
    frameOf: ({ firstFrame }) => firstFrame,
  },
  {
    holds: ({ handshake }) => handshake === "none",
    one: "shows no handshake",
    several: "show no handshake",
    frameOf: ({ firstFrame }) => firstFrame,
  },
];

/** Of those that were open, as far as can be told. */
const ENDINGS: readonly Case[] = [
  {
    holds: ({ close }) => close === "fin",
    one: "is closed by both sides",
    several: "are closed by both sides",
    frameOf: ({ fromClient, fromServer }) => Math.max(fromClient.finFrame, fromServer.finFrame),
  },
  {
    holds: ({ close }) => close === "half",
    one: "is closed by one side only",
    several: "are closed by one side only",
    frameOf: ({ fromClient, fromServer }) => Math.max(fromClient.finFrame, fromServer.finFrame),
  },
  {
    holds: ({ close }) => close === "reset" || close === "none",
    one: "ends with a reset",
    several: "end with a reset",
    frameOf: ({ fromClient, fromServer }) => firstOfBoth(fromClient.resetFrame, fromServer.resetFrame),
  },
  {
    holds: (stream) => stream.close === "open" && !isIdle(stream),
    one: "shows no close",
    several: "show no close",
    frameOf: ({ lastFrame }) => lastFrame,
  },
  {
    holds: (stream) => stream.close === "open" && isIdle(stream),
    one: "is merely kept alive",
    several: "are merely kept alive",
    frameOf: ({ lastFrame }) => lastFrame,
  },
];

function firstOfBoth(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}

/** @returns undefined where there is no connection */
export function connectionSentence(all: readonly TcpStream[]): VerdictSentence | undefined {
  const streams = all.filter(hasPackets);
  if (streams.length === 0) return undefined;
  const opened = streams.filter((stream) => !cameToNothing(stream));
  const openings = partsOf(OPENINGS, streams);
  const endings = partsOf(ENDINGS, opened);
  const parts: VerdictPart[] = [
    { text: subjectOf(streams.length, openings.length === 1) },
    ...joined(openings, streams.length),
  ];
  if (endings.length > 0) {
    parts.push(
      { text: bridgeOf(opened.length, opened.length === streams.length, endings.length === 1) },
      ...joined(endings, opened.length),
    );
  }
  return { topic: "connections", parts };
}

function subjectOf(connections: number, isSame: boolean): string {
  if (connections === 1) return "The connection";
  return isSame ? `All ${count(connections)} connections` : `Of ${count(connections)} connections,`;
}

/** From how they were opened to how they ended. */
function bridgeOf(opened: number, isOfAll: boolean, isSame: boolean): string {
  if (isOfAll) return isSame ? " and" : ";";
  if (!isSame) return `; of the other ${count(opened)},`;
  return opened === 1 ? "; the other one" : `; the other ${count(opened)}`;
}

interface Told {
  readonly one: string;
  readonly several: string;
  readonly frames: readonly number[];
}

function partsOf(cases: readonly Case[], streams: readonly TcpStream[]): Told[] {
  return cases.flatMap(({ holds, one, several, frameOf }) => {
    const found = streams.filter(holds);
    return found.length === 0 ? [] : [{ one, several, frames: found.map(frameOf) }];
  });
}

/** Where all are alike, their number is not said again. */
function joined(told: readonly Told[], all: number): VerdictPart[] {
  return told.map(({ one, several, frames }, index) => {
    const isAll = frames.length === all;
    const words = frames.length === 1 ? one : several;
    const text = isAll ? ` ${words}` : ` ${count(frames.length)} ${words}`;
    return { text: `${index === 0 ? "" : ","}${text}`, frames, total: frames.length };
  });
}
