/** What can go wrong between this program and a network adapter, each as one sentence with what to do about it. */
import { WirewrightError } from "../core/errors.ts";
import { makeVisible } from "../core/text.ts";

/**
 * NO_CAP: the package `cap` is not installed. NO_LIBPCAP: it is, and cannot be loaded.
 * NO_CAPTURE_PROGRAM: there is nothing on this system that can capture.
 * NO_RIGHTS: the system does not let this user look at the adapter.
 * NO_ADAPTER: no adapter has that name. NOT_LOOPBACK: it is not a loopback adapter, and nobody has allowed another.
 * BAD_FILTER: the capture filter is none.
 * ADAPTER_LOST: the adapter, or the program that captures from it, has gone.
 * CANNOT_SEND: the adapter does not take a frame.
 */
const LIVE_ERROR_CODES = [
  "NO_CAP",
  "NO_LIBPCAP",
  "NO_CAPTURE_PROGRAM",
  "NO_RIGHTS",
  "NO_ADAPTER",
  "NOT_LOOPBACK",
  "BAD_FILTER",
  "ADAPTER_LOST",
  "CANNOT_SEND",
] as const;

/** What can go wrong with an adapter, for programs. */
export type LiveErrorCode = (typeof LIVE_ERROR_CODES)[number];

/** An adapter, or what looks at it, does not do what is asked. */
export class LiveError extends WirewrightError {
  /** What went wrong. */
  declare readonly code: LiveErrorCode;

  /** Takes the whole sentence for people as `message`. */
  constructor(code: LiveErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "LiveError";
  }
}

export function isLiveErrorCode(code: string): code is LiveErrorCode {
  return LIVE_ERROR_CODES.some((known) => known === code);
}

/** Who asks for an adapter, and for what. */
export interface AdapterRequest {
  readonly adapter: string;
  readonly filter?: string | undefined;
  /** The program that opens it: "cap" is loaded by Node, the others run by themselves. */
  readonly via: "cap" | "dumpcap" | "tcpdump";
  /** Names of the adapters that there are, as far as they are known. */
  readonly known: readonly string[];
}

/**
 * Tells by libpcap's words what was wrong. They are the same whoever calls it, with more around them.
 *
 * @param reason what libpcap said, in one line
 */
export function openingError(request: AdapterRequest, reason: string): LiveError {
  const { adapter, via, known } = request;
  if (/not permitted|permission|CAP_NET_RAW|EPERM|EACCES/i.test(reason)) return noRights(adapter, via);
  if (/no such device|there is no device|not? found|does(?: not|n't) exist|error opening adapter/i.test(reason)) {
    return noAdapter(adapter, known);
  }
  if (/is not up\b|network is down/i.test(reason)) return notUp(adapter);
  if (request.filter !== undefined && request.filter !== "") return badFilter(request.filter, reason);
  const sentence = `The adapter ${makeVisible(adapter)} cannot be opened: ${asReason(reason)}.`;
  return new LiveError("NO_ADAPTER", sentence);
}

/** @param known names of the adapters that there are */
export function noAdapter(adapter: string, known: readonly string[]): LiveError {
  const name = JSON.stringify(makeVisible(adapter));
  const advice =
    known.length === 0
      ? "capture --list shows those that there are"
      : `choose one of these: ${known.map(makeVisible).join(", ")}`;
  return new LiveError("NO_ADAPTER", `There is no adapter named ${name}; ${advice}.`);
}

function notUp(adapter: string): LiveError {
  const name = makeVisible(adapter);
  const advice = process.platform === "linux" ? `bring it up with: sudo ip link set ${name} up` : "bring it up first";
  return new LiveError("NO_ADAPTER", `The adapter ${name} is not up; ${advice}.`);
}

/** The command that helps depends on the system, and on whose rights are missing. */
function noRights(adapter: string, via: AdapterRequest["via"]): LiveError {
  const what = `This user may not capture from or send to ${makeVisible(adapter)}`;
  return new LiveError("NO_RIGHTS", `${what}; ${rightsAdvice(via)}.`);
}

function rightsAdvice(via: AdapterRequest["via"]): string {
  switch (process.platform) {
    case "win32":
      return "run it as administrator, or install Npcap again without its restriction to administrators";
    case "darwin":
      return "run it with sudo in front, or install ChmodBPF, which comes with Wireshark";
    default:
      return `run it with sudo in front, or give ${LINUX_ADVICE[via]}`;
  }
}

const LINUX_ADVICE: Readonly<Record<AdapterRequest["via"], string>> = {
  cap: `Node the right with: sudo setcap cap_net_raw,cap_net_admin=eip ${process.execPath}`,
  dumpcap: 'yourself the right with: sudo usermod -a -G wireshark "$USER" (and log in again)',
  tcpdump: 'tcpdump the right with: sudo setcap cap_net_raw,cap_net_admin=eip "$(command -v tcpdump)"',
};

/** @param reason libpcap's own */
function badFilter(filter: string, reason: string): LiveError {
  const sentence = `The capture filter ${JSON.stringify(makeVisible(filter))} is none: ${asReason(reason)}`;
  return new LiveError("BAD_FILTER", `${sentence}; write it as for tcpdump, such as "tcp port 8080".`);
}

/** As the end of a sentence: in one line, without a full stop. */
export function asReason(text: string): string {
  return makeVisible(text.replace(/\s+/g, " ").trim()).replace(/[.;:]+$/, "");
}

/** TOO_LONG: no such frame fits. BUSY: it would fit later. GONE: none will fit any more. OTHER: who knows. */
export type Refusal = "TOO_LONG" | "BUSY" | "GONE" | "OTHER";

/** Tells by libpcap's words, which are the system's. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof LiveError) || error.code !== "CANNOT_SEND") return "OTHER";
  if (/too long|too large|EMSGSIZE/i.test(error.message)) return "TOO_LONG";
  if (/temporarily unavailable|no buffer space|try again/i.test(error.message)) return "BUSY";
  return /is down|no such device|not configured|not attached/i.test(error.message) ? "GONE" : "OTHER";
}

/** @param cause what was noticed of it */
export function adapterLost(adapter: string, cause?: unknown): LiveError {
  const name = makeVisible(adapter);
  const advice = process.platform === "linux" ? `bring it up with: sudo ip link set ${name} up` : "bring it up";
  const sentence = `The adapter ${name} went down while packets were being sent; ${advice}, and start again.`;
  return new LiveError("ADAPTER_LOST", sentence, { cause });
}
