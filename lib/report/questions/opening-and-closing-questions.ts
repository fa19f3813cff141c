/** Questions about how connections begin, are kept and end. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { Transmission } from "../../session/network/transmission.ts";
import { count, plural } from "../wording.ts";
import { tableAnswer } from "./common-questions.ts";
import { ask, type Question, some } from "./question.ts";
import type { Story } from "./story.ts";

export function timeToOpen(story: Story): Question {
  const [first] = story.because("client", "syn");
  const answer = story.all.find((one) => one.from === "server" && one.arrived !== undefined);
  return ask(
    "How long did it take from the first SYN until the client had an answer, and what was it?",
    first === undefined || answer === undefined ? undefined : { first, answer },
    ({ first, answer }) => {
      const kind = has(answer, TcpFlag.RST) ? "a reset" : "an acknowledgement of its SYN";
      return {
        sentences: [
          `${story.time(answer.arrived! - first.sent)}, for ${plural(story.because("client", "syn").length, "SYN")}: ${story.name(answer)} is ${kind}.`,
        ],
      };
    },
  );
}

export function refusal(story: Story): Question {
  return ask(
    "How does the client know that the reset is meant for its SYN?",
    story.because("server", "reset")[0],
    (reset) => ({
      sentences: [
        `It acknowledges it: ${story.name(reset)} has the acknowledgment number ${count(reset.acknowledgment ?? 0)}, relative to the client's initial number, and the SYN takes one number.`,
        "A reset that acknowledged anything else would be ignored in this state (RFC 9293, section 3.10.7.3).",
      ],
    }),
  );
}

export function triesAfterRefusal(story: Story): Question {
  const tries = story.because("client", "syn");
  return ask("Did the client try again? Compare it with a SYN that nobody answers.", some(tries), (list) => ({
    sentences: [
      list.length === 1
        ? "No, it sent one SYN: it was told that nobody listens, so there is nothing to wait for."
        : `It sent ${count(list.length)} SYNs.`,
      "A SYN that nobody answers is sent again at growing intervals, since it may have been lost.",
    ],
  }));
}

export function neverAcknowledged(story: Story): Question {
  return ask(
    "How much data did the client never acknowledge, and how was it answered?",
    story.because("client", "reset")[0],
    (reset) => {
      const known = acknowledgedBefore(story, reset);
      const rest = story.all.filter((one) => one.from === "server" && one.length > 0 && (one.sequence ?? 0) >= known);
      const bytes = rest.reduce((sum, { length }) => sum + length, 0);
      const resets = story.because("client", "reset").length;
      return {
        sentences: [
          `${plural(rest.length, "segment")} with ${count(bytes)} bytes${rest.length === 0 ? "" : `: ${story.names(rest)}`}.`,
          `The client sent ${plural(resets, "reset")}, beginning with ${story.name(reset)}: it reads no further, and whatever arrives for a connection that nobody knows any more draws a reset of its own.`,
        ],
      };
    },
  );
}

/** The number that a side had acknowledged up to when it sent this. */
function acknowledgedBefore(story: Story, { from, id }: Transmission): number {
  const before = story.all.filter((one) => one.from === from && one.id < id);
  return Math.max(1, ...before.map(({ acknowledgment = 1 }) => acknowledgment));
}

export function serverAfterReset(story: Story): Question {
  return ask(
    "When did the server stop, and how much had it sent that nobody read?",
    story.because("client", "reset").find(({ arrived }) => arrived !== undefined),
    (reset) => {
      const data = story.all.filter((one) => one.from === "server" && one.length > 0);
      const last = data.at(-1);
      const sent = data.reduce((most, { sequence = 0, length }) => Math.max(most, sequence + length - 1), 0);
      const known = acknowledgedBefore(story, reset) - 1;
      return {
        sentences: [
          `The reset left at ${story.moment(reset.sent)} and arrived at ${story.moment(reset.arrived!)}${last === undefined ? "." : `; the last data was sent in ${story.name(last)}, at ${story.moment(last.sent)}.`}`,
          `The server had sent ${count(sent)} bytes, of which the client had acknowledged ${count(known)}.`,
        ],
      };
    },
  );
}

export function fins(story: Story): Question {
  return ask(
    "When was each FIN sent, when did it arrive, and did the two cross on their way?",
    some(story.because(undefined, "fin")),
    (list) => {
      const rows = list.map((one) => [
        one.from,
        story.name(one),
        story.moment(one.sent),
        one.arrived === undefined ? "never" : story.moment(one.arrived),
      ]);
      const [one, other] = [list[0], list.find(({ from }) => from !== list[0].from)];
      const haveCrossed = other !== undefined && other.sent < (one.arrived ?? Number.POSITIVE_INFINITY);
      const verdict = haveCrossed
        ? "They crossed: each was sent before the other one arrived, so both sides go through CLOSING, and both wait in TIME-WAIT."
        : "They did not cross: the second one was sent when the first one had arrived.";
      return tableAnswer(
        [other === undefined ? "Only one side sent a FIN." : verdict],
        ["From", "Packet", "Sent at", "Arrived at"],
        rows,
      );
    },
  );
}

export function acknowledgedFins(story: Story): Question {
  return ask("Which packet acknowledges each FIN?", some(story.because(undefined, "fin")), (list) => {
    const rows = list.map((fin) => {
      const wanted = (fin.sequence ?? 0) + fin.length + 1;
      const answer = story.all.find((one) => one.from !== fin.from && one.acknowledgment === wanted);
      return [story.name(fin), fin.from, count(wanted), answer === undefined ? "none" : story.name(answer)];
    });
    return tableAnswer(
      ["A FIN takes one number, behind all data."],
      ["FIN", "From", "To be acknowledged with", "Is, by"],
      rows,
    );
  });
}

export function afterHalfClose(story: Story): Question {
  return ask(
    "How much did the server send after the client had closed its side, and how long did that take?",
    story.because("client", "fin")[0],
    (fin) => {
      const later = story
        .because("server", "new")
        .filter((one) => one.sent >= (fin.arrived ?? Number.POSITIVE_INFINITY));
      const bytes = later.reduce((sum, { length }) => sum + length, 0);
      const end = story.because("server", "fin")[0];
      return {
        sentences: [
          `${plural(later.length, "segment")} with ${count(bytes)} bytes, though ${story.name(fin)} had closed the other direction.`,
          ...(end === undefined ? [] : [`${story.time(end.sent - fin.sent)} lie between the two FINs.`]),
        ],
      };
    },
  );
}

export function acknowledgedAfterHalfClose(story: Story): Question {
  return ask("Could the client still send anything after its FIN?", story.because("client", "fin")[0], (fin) => {
    const later = story.all.filter((one) => one.from === "client" && one.id > fin.id);
    const data = later.filter(({ length }) => length > 0).length;
    return {
      sentences: [
        `It sent ${plural(later.length, "packet")}, ${data === 0 ? "none" : count(data)} of them with data: acknowledgements go on, and its own sequence number stays where the FIN has left it.`,
      ],
    };
  });
}

export function keepAlives(story: Story): Question {
  return ask(
    "How long had there been silence before each question whether the other side is still there, and what was the answer?",
    some(story.because(undefined, "keep-alive")),
    (list) => {
      const rows = list.map((one) => {
        const before = story.all.findLast((other) => other.id < one.id && other.arrived !== undefined);
        const answer = story.all.find(
          (other) => other.from !== one.from && other.sent >= (one.arrived ?? Number.POSITIVE_INFINITY),
        );
        return [
          story.name(one),
          story.moment(one.sent),
          before === undefined ? "" : story.time(one.sent - Math.max(before.sent, before.arrived!)),
          answer === undefined ? "none" : `${story.name(answer)}, ${story.time(answer.sent - one.sent)} later`,
        ];
      });
      return tableAnswer([], ["Question", "Sent at", "After a silence of", "Answer"], rows);
    },
  );
}

export function numberOfKeepAlive(story: Story): Question {
  return ask(
    "Why must such a question be answered, although it brings nothing?",
    story.because(undefined, "keep-alive")[0],
    (one) => {
      const next = nextNumber(story, one);
      return {
        sentences: [
          `${story.name(one).replace(/^f/, "F")} has the sequence number ${count(one.sequence ?? 0)}, and the next one of its sender would be ${count(next)}.`,
          "So it repeats a number that the other side has acknowledged long since, and TCP answers what lies before its window with an acknowledgement (RFC 9293, section 3.8.4).",
        ],
      };
    },
  );
}

/** The number behind everything that a side had sent before. */
function nextNumber(story: Story, one: Transmission): number {
  const before = story.all.filter((other) => other.from === one.from && other.id < one.id);
  return before.reduce((most, { sequence = 0, length, cause }) => {
    const taken = length + (cause === "syn" || cause === "fin" ? 1 : 0);
    return Math.max(most, sequence + taken);
  }, 0);
}

export function givenUp(story: Story): Question {
  const list = story.because("server", "timeout");
  return ask("How often did the server try, and for how long, until it gave up?", some(list), (all) => {
    const first = story.because("server", "new")[0];
    const end = story.all.findLast(({ from }) => from === "server");
    return {
      sentences: [
        `Its timer ran out ${plural(all.length, "time")}${first === undefined ? "." : `, the last time ${story.time(all.at(-1)!.sent - first.sent)} after the first data.`}`,
        ...(end === undefined
          ? []
          : [`The last packet of the server is ${story.name(end)}, at ${story.moment(end.sent)}: ${story.why(end)}.`]),
      ],
    };
  });
}

export function sizesThatPass(story: Story): Question {
  return ask(
    "Which sizes pass, and which do not?",
    some(story.all.filter(({ fate }) => fate === "too-large")),
    (list) => {
      const passed = story.all.filter(({ fate }) => fate === "delivered").map(({ length }) => length);
      return {
        sentences: [
          `The largest segment that arrived has ${count(Math.max(0, ...passed))} bytes of data, and the smallest that did not has ${count(Math.min(...list.map(({ length }) => length)))}.`,
          "So the handshake and the request pass, and a user sees a connection that opens well and then hangs.",
        ],
      };
    },
  );
}

function has({ flags }: Transmission, flag: number): boolean {
  return flags !== undefined && (flags & flag) !== 0;
}
