/** Which of two end points is the server. */
import { TcpFlag } from "../headers/tcp.ts";
import { FIRST_DYNAMIC_PORT } from "./address-plan.ts";
import { servicePortOf } from "./service-ports.ts";

/** Where the ports that Linux gives to clients begin. */
const FIRST_LIKELY_CLIENT_PORT = 32_768;

type Candidate = { readonly name: string; readonly port: number | undefined };

/**
 * Who sends the first SYN is the client. Otherwise the server is the side with the lower port, where both are settled; the
 * one with a port that only servers have; the one that calls itself a server; or the one that is addressed first.
 */
export function isSourceTheServer(
  source: Candidate,
  destination: Candidate,
  protocol: string,
  flags: number | undefined,
): boolean {
  if (flags !== undefined && (flags & TcpFlag.SYN) !== 0) return (flags & TcpFlag.ACK) !== 0;
  if (source.port !== undefined && destination.port !== undefined && source.port !== destination.port) {
    return source.port < destination.port;
  }
  const byPort = servesAt(source.port, protocol) ?? negate(servesAt(destination.port, protocol));
  if (byPort !== undefined) return byPort;
  const isNamed = isNamedServer(source.name);
  if (isNamed !== isNamedServer(destination.name)) return isNamed;
  return source.port !== undefined && destination.port === undefined && source.port < FIRST_LIKELY_CLIENT_PORT;
}

/** What one port alone tells: true for a server's, false for a client's, undefined for those between. */
function servesAt(port: number | undefined, protocol: string): boolean | undefined {
  if (port === undefined) return undefined;
  if (port < 1024 || port === servicePortOf(protocol)) return true;
  return port >= FIRST_DYNAMIC_PORT ? false : undefined;
}

function negate(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function isNamedServer(name: string): boolean {
  return name.toLowerCase().includes("server");
}
