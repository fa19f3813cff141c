/** What can go wrong while a plan is played on real sockets. */
import { WirewrightError } from "../../core/errors.ts";
import { makeVisible, shorten } from "../../core/text.ts";
import { describeListenFailure, type ListenFailureCode } from "../../files/listen-failure.ts";
import { actorOf, otherSide, type PlannedStep } from "./plan.ts";

/**
 * DIFFERENT: what arrived is not what was to arrive. LOST_DATAGRAM: a datagram did not arrive.
 * CONNECTION_LOST: a connection broke, or ended too soon. REFUSED: nobody listens there.
 * BUSY_PORT, PRIVILEGED_PORT, BAD_HOST, CANNOT_LISTEN: why nobody can listen here.
 * UNKNOWN_CLIENT: a flow of datagrams begins with the server, who cannot know where its client is.
 * CANNOT_CONNECT: no socket, or no way there.
 */
export type ExchangeErrorCode =
  | "DIFFERENT"
  | "LOST_DATAGRAM"
  | "CONNECTION_LOST"
  | "REFUSED"
  | ListenFailureCode
  | "UNKNOWN_CLIENT"
  | "CANNOT_CONNECT";

const LONGEST_NAME = 40;
/** What to do where the two halves do not agree. */
const ADVICE = "both halves need the same file and the same flags, and nobody else may use the port";

/** What arrived is not what was sent, or could not be sent at all. `code` says which. */
export class ExchangeError extends WirewrightError {
  /** What went wrong. */
  declare readonly code: ExchangeErrorCode;
  /** What was being done, where it concerns a line of the plan's source. */
  readonly step: PlannedStep | undefined;
  /** What happened, without the place in the plan's source. */
  readonly sentence: string;

  /** `sentence` ends with a full stop. */
  constructor(code: ExchangeErrorCode, sentence: string, step?: PlannedStep, options?: ErrorOptions) {
    super(code, step === undefined ? sentence : `line ${step.line}, ${sentence}`, options);
    this.name = "ExchangeError";
    this.sentence = sentence;
    this.step = step;
  }
}

/** "msg 4 from browser to web_server" */
export function describeStep(step: PlannedStep): string {
  const { connection, side, kind, name } = step;
  const from = nameOf(actorOf(step));
  const to = nameOf(connection[otherSide(side)]);
  if (kind === "end") return `the end of what ${from} sends to ${to}`;
  if (kind === "reset") return `the reset by ${from} of its connection to ${to}`;
  if (kind === "open") return `the connection of ${from} to ${to}`;
  return `${name || "the message"} from ${from} to ${to}`;
}

function nameOf(name: string): string {
  return makeVisible(shorten(name, LONGEST_NAME));
}

/** @param at which byte of the message it is, from 0 */
export function differentByte(step: PlannedStep, at: number, found: number): ExchangeError {
  const wanted = step.bytes[at]!;
  return new ExchangeError(
    "DIFFERENT",
    `${describeStep(step)}: byte ${at + 1} of ${step.bytes.length} is ${hex(wanted)} here and arrived as ${hex(found)}; ${ADVICE}.`,
    step,
  );
}

/** Something else arrived than was to arrive: `found` is its name. */
export function differentKind(step: PlannedStep, found: string): ExchangeError {
  return new ExchangeError("DIFFERENT", `${describeStep(step)}: ${found}; ${ADVICE}.`, step);
}

/** More has arrived than the plan has, after its last step for the connection. */
export function moreThanPlanned(names: string, last: PlannedStep | undefined, bytes: number): ExchangeError {
  return new ExchangeError(
    "DIFFERENT",
    `${names}: ${bytes === 1 ? "1 byte has" : `${bytes} bytes have`} arrived after all that is to arrive; ${ADVICE}.`,
    last,
  );
}

/** The connection is gone before `step` was over. */
export function connectionLost(step: PlannedStep, received: number, cause?: unknown): ExchangeError {
  const how = received > 0 ? `after ${received} of ${step.bytes.length} bytes` : "before it had arrived";
  return new ExchangeError(
    "CONNECTION_LOST",
    `${describeStep(step)}: the connection is gone ${how}; what the other side says tells why.`,
    step,
    { cause },
  );
}

/** All connections are gone, and the plan has none of their ends. */
export function otherHalfGone(): ExchangeError {
  return new ExchangeError(
    "CONNECTION_LOST",
    "The other half is gone: it has ended all connections in the middle; what it says tells why.",
  );
}

export function lostDatagram(step: PlannedStep, seconds: number): ExchangeError {
  return new ExchangeError(
    "LOST_DATAGRAM",
    `${describeStep(step)}: its datagram has not arrived within ${seconds} s; try again, or send it more slowly with --speed.`,
    step,
  );
}

export function unknownClient(step: PlannedStep): ExchangeError {
  return new ExchangeError(
    "UNKNOWN_CLIENT",
    `${describeStep(step)}: a server cannot send the first datagram, because it learns of its client by one; ` +
      "play both halves on one machine.",
    step,
  );
}

export function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): ExchangeError {
  const { code, message } = describeListenFailure(host, port, error);
  return new ExchangeError(code, message, undefined, { cause: error });
}

export function cannotConnect(
  host: string,
  port: number,
  error: NodeJS.ErrnoException,
  step: PlannedStep,
): ExchangeError {
  const where = `${makeVisible(host)} port ${port}`;
  const options = { cause: error };
  switch (error.code) {
    case "ECONNREFUSED":
      return new ExchangeError(
        "REFUSED",
        `Nobody listens at ${where}; start the other half with --serve first.`,
        undefined,
        options,
      );
    case "EMFILE":
    case "ENFILE":
      return new ExchangeError(
        "CANNOT_CONNECT",
        `${describeStep(step)}: this system allows no more open sockets; raise the limit with ulimit -n.`,
        step,
        options,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ExchangeError(
        "CANNOT_CONNECT",
        `No computer is called ${JSON.stringify(host)}; check the name, or give an address.`,
        undefined,
        options,
      );
    default:
      return new ExchangeError(
        "CANNOT_CONNECT",
        `No connection to ${where}: ${error.message}; check the address, and that no firewall is between.`,
        undefined,
        options,
      );
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
