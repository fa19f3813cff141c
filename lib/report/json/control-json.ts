/** ICMP, ARP and neighbour discovery as objects of JSON. The interfaces are their documentation. */
import { formatIp, formatMac, type IpAddress, type MacAddress } from "../../headers/address.ts";
import type { ControlMessages } from "../../streams/control/control-log.ts";
import type { EchoExchange } from "../../streams/control/echoes.ts";
import type { IcmpError } from "../../streams/control/icmp-errors.ts";
import type { NeighbourAddress, NeighbourQuestion } from "../../streams/control/neighbours.ts";
import type { Hop, Route } from "../../streams/control/routes.ts";
import { decimalSeconds, ofNanoseconds } from "../moments.ts";

/** Shortest, longest and mean time in seconds, nine digits after the point. */
export interface JsonTimes {
  readonly shortest: string;
  readonly longest: string;
  readonly mean: string;
}

export interface JsonEcho {
  readonly version: 4 | 6;
  readonly asker: string;
  readonly asked: string;
  readonly identifier: number;
  readonly sent: number;
  readonly answered: number;
  /** Requests that an ICMP error quotes. */
  readonly refused: number;
  /** Requests without an answer in the capture, and the frames of the first of them. */
  readonly unanswered: number;
  readonly unansweredFrames: readonly number[];
  /** Answers beyond the first to one request, and those to requests that are not in the capture. */
  readonly repeatedAnswers: number;
  readonly strayAnswers: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
  readonly roundTrip?: JsonTimes;
}

export interface JsonRoute {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly probes: "ICMP" | "UDP" | "TCP";
  readonly firstFrame: number;
  readonly lastFrame: number;
  readonly hops: readonly {
    readonly timeToLive: number;
    readonly sent: number;
    readonly answered: number;
    readonly answers: readonly {
      readonly address: string;
      readonly kind: string;
      readonly count: number;
      readonly shortest: string;
      readonly longest: string;
      readonly frames: readonly number[];
    }[];
  }[];
}

export interface JsonIcmpError {
  readonly version: 4 | 6;
  readonly type: number;
  readonly code: number;
  readonly from: string;
  readonly count: number;
  /** The first of them, and the frames that carried what they quote; 0 where that is not known. */
  readonly frames: readonly number[];
  readonly quotedFrames: readonly number[];
  readonly quoted?: {
    readonly source: string;
    readonly destination: string;
    readonly protocol: number;
    readonly sourcePort?: number;
    readonly destinationPort?: number;
    readonly stream?: { readonly protocol: "TCP" | "UDP"; readonly stream: number };
  };
  /** Of a redirect: the router to use instead, and for whom. */
  readonly gateway?: string;
  readonly redirected?: string;
  /** Bytes of the largest packet that can go on. */
  readonly mtu?: number;
  /** Whether it answers a traceroute. */
  readonly ofRoute: boolean;
}

export interface JsonNeighbours {
  readonly questions: readonly {
    readonly protocol: "ARP" | "NDP";
    /** Left out where the asker has no address yet. */
    readonly asker?: string;
    readonly askerMac?: string;
    readonly target: string;
    readonly asked: number;
    readonly frames: readonly number[];
    readonly answers: number;
    readonly answerFrame?: number;
    readonly answeredBy: readonly string[];
  }[];
  readonly addresses: readonly {
    readonly protocol: "ARP" | "NDP";
    readonly address: string;
    /** More than one where hosts contradict each other. */
    readonly claims: readonly { readonly mac: string; readonly firstFrame: number; readonly count: number }[];
    /** How often it was told without a question, and the frames of the first times. */
    readonly unasked: number;
    readonly unaskedFrames: readonly number[];
    readonly router: boolean;
  }[];
}

export interface JsonControl {
  readonly echoes: readonly JsonEcho[];
  readonly routes: readonly JsonRoute[];
  readonly errors: readonly JsonIcmpError[];
  /** Messages of other types, counted. */
  readonly others: readonly {
    readonly version: 4 | 6;
    readonly type: number;
    readonly count: number;
    readonly firstFrame: number;
  }[];
  readonly neighbours: JsonNeighbours;
  /** Messages that the tables had no room for. */
  readonly left: number;
}

export function controlJson({
  echoes,
  routes,
  errors,
  others,
  questions,
  addresses,
  left,
}: ControlMessages): JsonControl {
  return {
    echoes: echoes.map(echoJson),
    routes: routes.map(routeJson),
    errors: errors.map(errorJson),
    others: others.map(({ version, type, count, firstFrame }) => ({ version, type, count, firstFrame })),
    neighbours: { questions: questions.map(questionJson), addresses: addresses.map(addressJson) },
    left,
  };
}

/** Whether there is anything to tell. */
export function hasControl({ echoes, routes, errors, others, questions, addresses }: ControlMessages): boolean {
  return [echoes, routes, errors, others, questions, addresses].some(({ length }) => length > 0);
}

const seconds = (nanoseconds: number) => decimalSeconds(ofNanoseconds(nanoseconds));

function echoJson(echo: EchoExchange): JsonEcho {
  const { version, asker, asked, identifier, sent, answered, refused, firstFrame, lastFrame } = echo;
  const { shortest, longest, total } = echo;
  return {
    version,
    asker: formatIp(asker),
    asked: formatIp(asked),
    identifier,
    sent,
    answered,
    refused,
    unanswered: echo.unansweredCount,
    unansweredFrames: echo.unanswered,
    repeatedAnswers: echo.repeatedAnswers,
    strayAnswers: echo.strayAnswers,
    firstFrame,
    lastFrame,
    ...(answered > 0 && {
      roundTrip: {
        shortest: seconds(shortest),
        longest: seconds(longest),
        mean: seconds(Math.round(total / answered)),
      },
    }),
  };
}

function routeJson({ version, source, destination, kind, firstFrame, lastFrame, hops }: Route): JsonRoute {
  return {
    version,
    source: formatIp(source),
    destination: formatIp(destination),
    probes: kind,
    firstFrame,
    lastFrame,
    hops: hops.map(hopJson),
  };
}

function hopJson({ timeToLive, sent, answered, answers }: Hop): JsonRoute["hops"][number] {
  return {
    timeToLive,
    sent,
    answered,
    answers: answers.map(({ address, kind, count, shortest, longest, frames }) => ({
      address: formatIp(address),
      kind,
      count,
      shortest: seconds(shortest),
      longest: seconds(longest),
      frames,
    })),
  };
}

function errorJson(error: IcmpError): JsonIcmpError {
  const { version, type, code, from, count, frames, quotedFrames, gateway, redirected, mtu, isOfRoute } = error;
  return {
    version,
    type,
    code,
    from: formatIp(from),
    count,
    frames,
    quotedFrames,
    ...(error.quoted !== undefined && { quoted: quotedJson(error.quoted) }),
    ...known("gateway", gateway),
    ...known("redirected", redirected),
    ...(mtu !== undefined && { mtu }),
    ofRoute: isOfRoute,
  };
}

function quotedJson(quoted: NonNullable<IcmpError["quoted"]>): NonNullable<JsonIcmpError["quoted"]> {
  const { source, destination, protocol, sourcePort, destinationPort, stream } = quoted;
  return {
    source: formatIp(source),
    destination: formatIp(destination),
    protocol,
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
    ...(stream !== undefined && { stream: { protocol: stream.protocol, stream: stream.number } }),
  };
}

function known(name: string, address: IpAddress | undefined): Record<string, string> {
  return address === undefined ? {} : { [name]: formatIp(address) };
}

function questionJson(question: NeighbourQuestion): JsonNeighbours["questions"][number] {
  const { protocol, asker, askerMac, target, asked, frames, answers, answerFrame, answeredBy } = question;
  return {
    protocol,
    ...known("asker", asker),
    ...(askerMac !== undefined && { askerMac: formatMac(askerMac) }),
    target: formatIp(target),
    asked,
    frames,
    answers,
    ...(answers > 0 && { answerFrame }),
    answeredBy: answeredBy.map((mac: MacAddress) => formatMac(mac)),
  };
}

function addressJson(entry: NeighbourAddress): JsonNeighbours["addresses"][number] {
  const { protocol, address, claims, unasked, unaskedCount, isRouter } = entry;
  return {
    protocol,
    address: formatIp(address),
    claims: claims.map(({ mac, firstFrame, count }) => ({ mac: formatMac(mac), firstFrame, count })),
    unasked: unaskedCount,
    unaskedFrames: unasked,
    router: isRouter,
  };
}
