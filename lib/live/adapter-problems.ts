/** What can go wrong when an adapter is opened, each as one sentence with what to do about it. */
import { makeVisible } from "../core/text.ts";
import { LiveError } from "./live-errors.ts";

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
export function openingProblem(request: AdapterRequest, reason: string): LiveError {
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

export function notUp(adapter: string): LiveError {
  const name = makeVisible(adapter);
  const advice = process.platform === "linux" ? `bring it up with: sudo ip link set ${name} up` : "bring it up first";
  return new LiveError("NO_ADAPTER", `The adapter ${name} is not up; ${advice}.`);
}

/** The command that helps depends on the system, and on whose rights are missing. */
export function noRights(adapter: string, via: AdapterRequest["via"]): LiveError {
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
export function badFilter(filter: string, reason: string): LiveError {
  const sentence = `The capture filter ${JSON.stringify(makeVisible(filter))} is none: ${asReason(reason)}`;
  return new LiveError("BAD_FILTER", `${sentence}; write it as for tcpdump, such as "tcp port 8080".`);
}

/** As the end of a sentence: in one line, without a full stop. */
export function asReason(text: string): string {
  return makeVisible(text.replace(/\s+/g, " ").trim()).replace(/[.;:]+$/, "");
}
