/** HTTP, and what rows of HTTPS say of it. */

import { byteTextOf } from "../../core/text.ts";
import { HttpCompleter, looksLikeHttp } from "./http-completer.ts";
import { startOf } from "./http-later.ts";
import {
  type ApplicationProtocol,
  LONGEST_FIRST_LINE,
  type PayloadRow,
  type ProtocolCompleter,
} from "./payload-row.ts";

/**
 * What HTTPS rows say is not encrypted, so what is HTTP in them travels as HTTP, from the first such row on; words about
 * TLS before it travel as they are.
 */
class PlainHttps implements ProtocolCompleter {
  readonly #http: HttpCompleter;
  #isHttp = false;

  constructor(seed: number) {
    this.#http = new HttpCompleter(seed);
  }

  complete(row: PayloadRow): Uint8Array | undefined {
    this.#isHttp ||= looksLikeHttp(row.payload, row.isFromClient);
    return this.#isHttp ? this.#http.complete(row) : undefined;
  }
}

function speaksAsServer(payload: Uint8Array): boolean | undefined {
  const start = startOf(byteTextOf(payload.subarray(0, LONGEST_FIRST_LINE)), false);
  return start === undefined ? undefined : start.kind === "response";
}

export const HTTP: ApplicationProtocol = { completer: (seed) => new HttpCompleter(seed), speaksAsServer };
export const HTTPS: ApplicationProtocol = { completer: (seed) => new PlainHttps(seed), speaksAsServer };
