/** What can go wrong between this program and a network adapter. */
import { WirewrightError } from "../core/errors.ts";

/**
 * NO_CAP: the package `cap` is not installed. NO_LIBPCAP: it is, and cannot be loaded.
 * NO_CAPTURE_PROGRAM: there is nothing on this system that can capture.
 * NO_RIGHTS: the system does not let this user look at the adapter.
 * NO_ADAPTER: no adapter has that name. NOT_LOOPBACK: it is not a loopback adapter, and nobody has allowed another.
 * BAD_FILTER: the capture filter is none.
 * ADAPTER_LOST: the adapter, or the program that captures from it, has gone.
 * CANNOT_SEND: the adapter does not take a frame.
 */
export type LiveErrorCode =
  | "NO_CAP"
  | "NO_LIBPCAP"
  | "NO_CAPTURE_PROGRAM"
  | "NO_RIGHTS"
  | "NO_ADAPTER"
  | "NOT_LOOPBACK"
  | "BAD_FILTER"
  | "ADAPTER_LOST"
  | "CANNOT_SEND";

export class LiveError extends WirewrightError {
  declare readonly code: LiveErrorCode;

  constructor(code: LiveErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "LiveError";
  }
}
