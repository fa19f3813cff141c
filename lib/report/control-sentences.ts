/** ICMP, ARP and neighbour discovery in sentences: who asked, who answered, what was refused, and which way packets take. */
import { formatIp, formatMac, type IpAddress, type MacAddress } from "../headers/address.ts";
import type { ControlMessages, OtherMessages } from "../streams/control/control-log.ts";
import type { EchoExchange } from "../streams/control/echoes.ts";
import type { IcmpError } from "../streams/control/icmp-errors.ts";
import type { NeighbourAddress, NeighbourQuestion } from "../streams/control/neighbours.ts";
import type { Hop, HopAnswer, Route } from "../streams/control/routes.ts";
import { icmpErrorText, icmpTypeName, quotedText, unreachableName } from "./icmp-words.ts";
import { formatDuration, ofNanoseconds } from "./moments.ts";
import { count, firstOf, framesText, plural } from "./wording.ts";

export interface ControlSection {
  readonly id: "icmp" | "arp" | "ndp";
  readonly title: string;
  readonly sentences: readonly (readonly [head: string, text: string])[];
}

const MOST_ENTRIES = 20;
const MOST_FRAMES = 6;
/** An asker with more questions than this has them told together. */
const MOST_QUESTIONS = 5;
const MOST_PINGS = 8;
const MOST_ADDRESSES = 6;

type Sentence = readonly [head: string, text: string];

/** Those that have anything to say. */
export function controlSections(control: ControlMessages): ControlSection[] {
  const arp = neighbourSentences(control, "ARP");
  const ndp = neighbourSentences(control, "NDP");
  const all: ControlSection[] = [
    { id: "icmp", title: "ICMP", sentences: icmpSentences(control) },
    { id: "arp", title: "ARP", sentences: arp },
    { id: "ndp", title: "Neighbour discovery (IPv6)", sentences: ndp },
  ];
  const sections = all.filter(({ sentences }) => sentences.length > 0);
  const last = sections.at(-1);
  if (control.left === 0 || last === undefined) return sections;
  const left: Sentence = ["Left out", `${plural(control.left, "message")} for which the tables had no room left.`];
  return [...sections.slice(0, -1), { ...last, sentences: [...last.sentences, left] }];
}

function icmpSentences({ echoes, routes, errors, others }: ControlMessages): Sentence[] {
  const outside = errors.filter(({ isOfRoute }) => !isOfRoute);
  return [
    ...some(byAsker(echoes), "more asker", echoSentences),
    ...some(routes, "more traceroute", routeSentences),
    ...some(outside, "more error", (error) => [[icmpHead(error), icmpErrorSentence(error)]]),
    ...(others.length > 0 ? [["Others", others.map(otherText).join("; ")] as const] : []),
  ];
}

/** The first of many, and how many more there are. */
function some<T>(entries: readonly T[], more: string, sentencesOf: (entry: T) => readonly Sentence[]): Sentence[] {
  const sentences = entries.slice(0, MOST_ENTRIES).flatMap(sentencesOf);
  const left = entries.length - MOST_ENTRIES;
  return left > 0 ? [...sentences, ["", `... and ${plural(left, more).replace(/ys$/, "ies")}.`]] : sentences;
}

function byAsker(echoes: readonly EchoExchange[]): EchoExchange[][] {
  const askers = new Map<IpAddress, EchoExchange[]>();
  for (const echo of echoes) {
    const known = askers.get(echo.asker);
    if (known === undefined) askers.set(echo.asker, [echo]);
    else known.push(echo);
  }
  return [...askers.values()];
}

/** Who asks many, looks for those who are there. */
function echoSentences(echoes: readonly EchoExchange[]): Sentence[] {
  if (echoes.length <= MOST_PINGS) return echoes.map((echo): Sentence => ["Ping", echoText(echo)]);
  const sum = (of: (echo: EchoExchange) => number) => echoes.reduce((total, echo) => total + of(echo), 0);
  const asked = new Set(echoes.map((echo) => formatIp(echo.asked)));
  const answering = [...new Set(echoes.filter(({ answered }) => answered > 0).map((echo) => formatIp(echo.asked)))];
  const last = Math.max(...echoes.map(({ lastFrame }) => lastFrame));
  const refused = sum(({ refused: number }) => number);
  const errors = refused === 0 ? "" : `, ${count(refused)} refused by an ICMP error`;
  const answers = answering.length === 0 ? "" : `, from ${firstOf(answering, MOST_ADDRESSES)}`;
  const text = `${formatIp(echoes[0]!.asker)} asks ${count(asked.size)} ${asked.size === 1 ? "address" : "addresses"}, frames ${echoes[0]!.firstFrame} to ${last}: ${plural(
    sum(({ sent }) => sent),
    "echo request",
  )}, ${count(sum(({ answered }) => answered))} answered${answers}${errors}, ${count(sum(({ unansweredCount }) => unansweredCount))} without an answer in the capture.`;
  return [["Pings", text]];
}

function echoText(echo: EchoExchange): string {
  const { asker, asked, identifier, sent, answered, repeatedAnswers, strayAnswers, firstFrame, lastFrame } = echo;
  const who = `${formatIp(asker)} asks ${formatIp(asked)} (identifier 0x${identifier.toString(16).padStart(4, "0")})`;
  const frames = firstFrame === lastFrame ? `frame ${firstFrame}` : `frames ${firstFrame} to ${lastFrame}`;
  const parts = [
    sent === 0 ? "" : `${plural(sent, "echo request")}, ${count(answered)} answered`,
    echo.refused > 0 ? `${count(echo.refused)} refused by an ICMP error` : "",
    unansweredText(echo),
    repeatedAnswers > 0 ? `${plural(repeatedAnswers, "answer")} came twice` : "",
    strayAnswers > 0 ? `${plural(strayAnswers, "answer")} to requests that are not in the capture` : "",
    roundTripText(echo),
  ];
  const others = echo.otherAnswerers.map(formatIp);
  const answerers = others.length === 0 ? "" : ` Answers come from ${firstOf(others, MOST_ADDRESSES)}.`;
  return `${who}, ${frames}: ${parts.filter(Boolean).join("; ")}.${answerers}`;
}

function unansweredText({ unanswered, unansweredCount: total }: EchoExchange): string {
  if (total === 0) return "";
  return `${count(total)} without an answer in the capture (${framesText(unanswered, MOST_FRAMES, total)})`;
}

function roundTripText({ answered, shortest, longest, total }: EchoExchange): string {
  if (answered === 0) return "";
  if (answered === 1) return `the round trip took ${timeText(shortest)}`;
  return `round trips of ${timeText(shortest)} to ${timeText(longest)}, ${timeText(Math.round(total / answered))} on average`;
}

function timeText(nanoseconds: number): string {
  return formatDuration(ofNanoseconds(nanoseconds));
}

const PROBES: Readonly<Record<Route["kind"], string>> = {
  ICMP: "echo requests",
  UDP: "UDP datagrams",
  TCP: "SYNs of TCP",
};

function routeSentences(route: Route): Sentence[] {
  const { source, destination, kind, hops, firstFrame, lastFrame } = route;
  const limit = route.version === 4 ? "time to live" : "hop limit";
  const first = hops[0]!.timeToLive;
  const last = hops.at(-1)!.timeToLive;
  const text = `from ${formatIp(source)} to ${formatIp(destination)}, frames ${firstFrame} to ${lastFrame}: ${PROBES[kind]} with a ${limit} of ${first} to ${last}. Each router on the way takes 1 from it, and who gets to 0 drops the packet and says so: so the routers tell who they are, one after the other. ${outcomeOf(route)}`;
  return [["Traceroute", text], ...hops.map((hop): Sentence => [`  hop ${hop.timeToLive}`, hopText(hop, destination)])];
}

function outcomeOf({ hops, destination }: Route): string {
  const reached = hops.find(({ answers }) =>
    answers.some(({ address, kind }) => address === destination && kind !== "time exceeded"),
  );
  return reached === undefined
    ? "No answer of the destination is in the capture."
    : `The destination answers from hop ${reached.timeToLive} on.`;
}

function hopText({ sent, answered, answers }: Hop, destination: IpAddress): string {
  if (answers.length === 0) {
    return `no answer to ${plural(sent, "packet")}: the router keeps silent, or the answer was lost or not captured`;
  }
  const who = answers.map((answer) => answerText(answer, destination)).join("; ");
  return answered < sent ? `${who}; ${count(sent - answered)} of ${count(sent)} without an answer` : who;
}

function answerText(
  { address, kind, code, shortest, longest, frames, count: total }: HopAnswer,
  destination: IpAddress,
): string {
  const isEnd = address === destination;
  const how =
    kind === "time exceeded"
      ? ""
      : ` says ${kind === "unreachable" ? unreachableName(typeof address === "number" ? 4 : 6, code ?? 0) : kind}`;
  const time = shortest === longest ? timeText(shortest) : `${timeText(shortest)} to ${timeText(longest)}`;
  return `${formatIp(address)}${isEnd ? ", the destination," : ""}${how}${isEnd && how === "" ? " drops it" : ""} (${time}, ${framesText(frames, MOST_FRAMES, total)})`;
}

function icmpHead({ gateway }: IcmpError): string {
  return gateway === undefined ? "Error" : "Redirect";
}

function icmpErrorSentence(error: IcmpError): string {
  const { from, count: total, frames, gateway, redirected, quoted, quotedFrames } = error;
  const where = framesText(frames, MOST_FRAMES, total);
  const about = quoted === undefined ? "" : ` ${quotedText(quoted, quotedFrames, total)}`;
  if (gateway !== undefined) {
    const whom = redirected === undefined ? "that destination" : formatIp(redirected);
    return `${formatIp(from)} says in ${where}: for ${whom}, ${formatIp(gateway)} is the better first step.${about}`;
  }
  return `${formatIp(from)} says in ${where}: ${icmpErrorText(error)}${about}`;
}

function otherText({ version, type, count: total, firstFrame }: OtherMessages): string {
  return `${icmpTypeName(version, type)}: ${count(total)}, ${total === 1 ? "" : "the first in "}frame ${firstFrame}`;
}

function neighbourSentences({ questions, addresses }: ControlMessages, protocol: "ARP" | "NDP"): Sentence[] {
  const asked = questions.filter((question) => question.protocol === protocol);
  const known = addresses.filter((address) => address.protocol === protocol);
  const askers = new Map<string, NeighbourQuestion[]>();
  for (const question of asked) {
    const name = askerName(question);
    askers.set(name, [...(askers.get(name) ?? []), question]);
  }
  return [
    ...some([...askers], "more asker", ([name, list]) => questionSentences(name, list)),
    ...some(
      known.filter(({ unaskedCount }) => unaskedCount > 0),
      "more entry",
      (address) => [["Unasked", unaskedText(address)]],
    ),
    ...some(
      known.filter(({ isRouter }) => isRouter),
      "more router",
      (address) => [["Router", routerText(address)]],
    ),
    ...some(
      known.filter(({ claims }) => claims.length > 1),
      "more entry",
      (address) => [["Conflict", conflictText(address)]],
    ),
  ];
}

function askerName({ asker, askerMac }: NeighbourQuestion): string {
  if (asker !== undefined) return formatIp(asker);
  return askerMac === undefined ? "a host without an address" : `${formatMac(askerMac)}, which has no address yet,`;
}

function questionSentences(name: string, questions: readonly NeighbourQuestion[]): Sentence[] {
  if (questions.length > MOST_QUESTIONS) return [["Questions", manyQuestions(name, questions)]];
  return questions.map((question): Sentence => {
    return question.asker === undefined
      ? ["Probe", probeText(name, question)]
      : ["Question", questionText(name, question)];
  });
}

function questionText(name: string, question: NeighbourQuestion): string {
  const { target, asked, frames } = question;
  return `${name} asks who has ${formatIp(target)} (${timesText(asked, frames)}): ${answersText(question, "nobody has that address, or the answer, which goes to the asker alone, was not captured")}`;
}

function probeText(name: string, question: NeighbourQuestion): string {
  const { target, asked, frames } = question;
  return `${name} asks whether ${formatIp(target)} is free before it takes it (${timesText(asked, frames)}): ${answersText(question, "so it is free, as far as the capture shows")}`;
}

function timesText(asked: number, frames: readonly number[]): string {
  return asked === 1
    ? framesText(frames, MOST_FRAMES)
    : `${count(asked)} times, ${framesText(frames, MOST_FRAMES, asked)}`;
}

function answersText({ answers, answerFrame, answeredBy }: NeighbourQuestion, otherwise: string): string {
  if (answers === 0) return `no answer; ${otherwise}.`;
  return `${macsText(answeredBy)} ${answeredBy.length > 1 ? "answer" : "answers"}, in frame ${answerFrame}${answers > 1 ? ` and ${plural(answers - 1, "more answer")}` : ""}.`;
}

function macsText(macs: readonly MacAddress[]): string {
  return macs.map(formatMac).join(" and ") || "somebody";
}

/** As when somebody looks for all hosts of a network. */
function manyQuestions(name: string, questions: readonly NeighbourQuestion[]): string {
  const answered = questions.filter(({ answers }) => answers > 0);
  const who = answered.map(({ target, answeredBy }) => `${formatIp(target)} (${macsText(answeredBy)})`);
  const total = questions.reduce((sum, { asked }) => sum + asked, 0);
  const last = questions.at(-1)!;
  const answers = answered.length === 0 ? "" : `: ${firstOf(who, MOST_ADDRESSES)}`;
  return `${name} asks ${count(total)} times for ${count(questions.length)} addresses, from ${formatIp(questions[0]!.target)} in frame ${questions[0]!.frames[0]} to ${formatIp(last.target)}; answers are in the capture for ${count(answered.length)} of them${answers}.`;
}

function unaskedText({ address, claims, unasked, unaskedCount }: NeighbourAddress): string {
  const macs = macsText(claims.map(({ mac }) => mac));
  return `${formatIp(address)} is said to be at ${macs} although nobody asked (${framesText(unasked, MOST_FRAMES, unaskedCount)}): whoever hears it renews what he knows.`;
}

function routerText({ address, claims }: NeighbourAddress): string {
  return `${formatIp(address)} at ${macsText(claims.map(({ mac }) => mac))} says that it is a router.`;
}

function conflictText({ address, claims }: NeighbourAddress): string {
  const who = claims.map(({ mac, firstFrame }) => `${formatMac(mac)} (first in frame ${firstFrame})`);
  return `${formatIp(address)} is claimed by ${who.join(" and ")}: two hosts have one address, the address has moved to another host or adapter, or somebody answers in another's place.`;
}
