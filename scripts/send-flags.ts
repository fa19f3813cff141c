/** The flags of `send` that are more than a word, and what they ask for together. */
import { isIPv4, isIPv6 } from "node:net";
import { InvalidArgumentError } from "commander";
import type { PlayedSides } from "../lib/live/exchange/exchange-plan.ts";
import { isStandardOutput } from "../lib/pcap/output-file.ts";
import { UsageError } from "./cli.ts";

export const DEFAULT_PORT = 12_345;
const DEFAULT_HOST = "127.0.0.1";

/** A place to connect to. */
export interface Target {
  readonly host: string;
  /** Absent: that of --port. */
  readonly port?: number;
}

/** `host`, `host:port`, `[::1]:port` or an IPv6 address alone. */
export function readTarget(text: string): Target {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(text.trim());
  const host = isIPv6(text.trim()) ? text.trim() : (match?.[1] ?? match?.[2]);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (host === undefined || port === 0 || (port ?? 1) > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new InvalidArgumentError("Write it as host:port, such as 192.0.2.7:12345 or [2001:db8::7]:12345.");
  }
  return port === undefined ? { host } : { host, port };
}

export function readHost(text: string): string {
  const bare = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (bare === "") throw new InvalidArgumentError("Give an address, such as 127.0.0.1 or ::1.");
  return bare;
}

export interface PlaceFlags {
  readonly host?: string;
  readonly port: number;
  readonly serve?: boolean;
  readonly connect?: Target;
  readonly capture?: string;
}

export interface Place {
  readonly sides: PlayedSides;
  readonly host: string;
  readonly port: number;
}

/** @throws UsageError where flags exclude each other */
export function placeOf({ host, port, serve, connect, capture }: PlaceFlags): Place {
  if (capture !== undefined && isStandardOutput(capture)) {
    throw new UsageError("Standard output is for what send says of its work; name a file to capture to.");
  }
  if (serve && connect !== undefined) {
    throw new UsageError("--serve and --connect are the two halves; give one of them here and the other one there.");
  }
  if (connect !== undefined && host !== undefined) {
    throw new UsageError("--host says where servers listen, and --connect says where they are; leave --host out.");
  }
  const place: Place =
    connect === undefined
      ? { sides: serve ? "server" : "both", host: host ?? DEFAULT_HOST, port }
      : { sides: "client", host: connect.host, port: connect.port ?? port };
  if (place.sides === "client" && place.port === 0) throw new UsageError("Port 0 is no place to connect to.");
  if (isLoopback(place.host)) return place;
  if (place.sides === "both") {
    throw new UsageError(
      `${place.host} is no loopback address; give 127.0.0.1 or ::1, or play the two halves with --serve and --connect.`,
    );
  }
  if (capture !== undefined) {
    throw new UsageError(
      "--capture sees the loopback adapter only; run capture.ts beside, with --iface and the adapter's name.",
    );
  }
  return place;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
