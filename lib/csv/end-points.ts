/** End points from cells. They repeat in almost every row, so each is checked once and kept. */

import { HashIndex, hashOfText } from "../core/tables.ts";
import { formatIp, tryParseIp } from "../headers/address.ts";
import { parsePort, splitPort } from "./cell-kinds.ts";
import type { EndPoint } from "./message.ts";

/** What is wrong with one of an end point's cells. */
export interface EndPointFault {
  readonly part: "name" | "address" | "port";
}

/** Texts remembered as they stand in cells, so that a file full of different ports does not fill the memory. */
const MOST_TEXTS = 1 << 16;

export class EndPoints {
  /** By the cells' very texts: a shortcut to `#byValue`. */
  readonly #byTexts = new Map<string, EndPoint>();
  readonly #all: EndPoint[] = [];
  readonly #byValue = new HashIndex((item) => hashOf(this.#all[item]!.name, this.#all[item]!.port));

  /** The end point that the cells tell; equal ones are the same object. Empty cells are left out; one must hold something. */
  find(name: string, address: string, port: string): EndPoint | EndPointFault {
    // The lengths keep the cells apart, whatever is in them.
    const key = `${address.length},${port.length},${address}${port}${name}`;
    return this.#byTexts.get(key) ?? this.#remember(key, name, address, port);
  }

  /** For a name that stands alone; not remembered as it stands, since whoever asks does that. */
  named(name: string): EndPoint | EndPointFault {
    return this.#intern(name.trim(), "", "");
  }

  #remember(key: string, name: string, address: string, port: string): EndPoint | EndPointFault {
    const found = this.#intern(name.trim(), address.trim(), port.trim());
    if ("part" in found) return found;
    if (this.#byTexts.size >= MOST_TEXTS) this.#byTexts.clear();
    this.#byTexts.set(key, found);
    return found;
  }

  #intern(name: string, addressText: string, portText: string): EndPoint | EndPointFault {
    // A name that is an address is where the messages really went.
    const address = tryParseIp(addressText === "" ? name : addressText);
    if (addressText !== "" && address === undefined) return { part: "address" };
    const port = portText === "" ? undefined : parsePort(portText);
    if (portText !== "" && port === undefined) return { part: "port" };
    const shown = name || (address !== undefined ? formatIp(address) : port !== undefined ? `port ${port}` : "");
    if (shown === "") return { part: "name" };
    const hash = hashOf(shown, port);
    const known = this.#byValue.find(hash, (item) => {
      const endPoint = this.#all[item]!;
      return endPoint.name === shown && endPoint.port === port && endPoint.address === address;
    });
    if (known !== undefined) return this.#all[known]!;
    const endPoint = {
      index: this.#all.length,
      name: shown,
      ...(address !== undefined && { address }),
      ...(port !== undefined && { port }),
    };
    this.#all.push(endPoint);
    this.#byValue.add(hash, endPoint.index);
    return endPoint;
  }

  /** The same, where a port may stand behind the name, as in `web:80`. */
  findWhole(text: string, address: string): EndPoint | EndPointFault {
    const parts = splitPort(text);
    return parts === undefined ? this.find(text, address, "") : this.find(parts.name, address, parts.port);
  }
}

function hashOf(name: string, port = 0): number {
  return hashOfText(name) ^ Math.imul(port, 0x85eb_ca6b);
}
