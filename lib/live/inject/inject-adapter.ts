/** Which adapter packets are sent to. */
import { makeVisible } from "../../core/text.ts";
import { noAdapter } from "../adapter-problems.ts";
import { loopbackOf } from "../adapters.ts";
import type { Adapter } from "../cap.ts";
import { LiveError } from "../live-errors.ts";

export interface AdapterWish {
  /** Default: the first loopback adapter. */
  readonly adapter?: string | undefined;
  /** Also an adapter through which packets reach other machines. */
  readonly allowNetwork?: boolean | undefined;
}

/**
 * Packets go to a loopback adapter, unless somebody has allowed another.
 *
 * @param adapters those of this machine
 * @throws LiveError NO_ADAPTER, NOT_LOOPBACK
 */
export function chooseAdapter(adapters: readonly Adapter[], { adapter: name, allowNetwork }: AdapterWish): Adapter {
  if (name === undefined) return loopbackOf(adapters);
  const chosen = adapters.find((adapter) => adapter.name === name);
  if (chosen === undefined)
    throw noAdapter(
      name,
      adapters.map((adapter) => adapter.name),
    );
  if (chosen.isLoopback || allowNetwork) return chosen;
  const loopback = adapters.find(({ isLoopback }) => isLoopback);
  const advice = loopback === undefined ? "allow it" : `send to ${makeVisible(loopback.name)}, or allow it`;
  throw new LiveError(
    "NOT_LOOPBACK",
    `${makeVisible(name)} is no loopback adapter: what is sent to it can reach other machines; ${advice} with --allow-network.`,
  );
}
