/** What the process that sends packets and the one that has started it tell each other. */
import type { Adapter } from "../cap.ts";
import type { AdapterWish } from "./inject-adapter.ts";
import type { InjectionCounts } from "./injector.ts";

export interface InjectionRequest extends AdapterWish {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** How many times faster than captured; undefined: as fast as the adapter takes them. Infinity is none in JSON. */
  readonly speed: number | undefined;
  /** How often the whole capture is sent. More than once needs a file. */
  readonly rounds: number;
}

/** To the process that sends. It begins to prepare on "prepare", and to send on "go". */
export type InjectionOrder =
  | { readonly kind: "prepare"; readonly request: InjectionRequest }
  | { readonly kind: "go" }
  | { readonly kind: "stop" };

/** From the process that sends. The last one is "done" or "failed". */
export type InjectionNews =
  | { readonly kind: "ready"; readonly adapter: Adapter }
  | { readonly kind: "progress"; readonly packets: number }
  | { readonly kind: "waiting"; readonly wait: number; readonly packet: number }
  | { readonly kind: "done"; readonly counts: InjectionCounts; readonly warnings: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };
