/** What a client asks for. Names and texts are cleaned, but not looked up. */
export type Command =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "send"; readonly to: string; readonly text: string }
  /** To the partner of the open chat. */
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "broadcast"; readonly text: string }
  | { readonly kind: "list" }
  | { readonly kind: "chat"; readonly partner: string }
  | { readonly kind: "end" }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  /** An empty line, which asks for nothing. */
  | { readonly kind: "nothing" }
  /** A line that cannot be followed; `reason` is what its sender is told. */
  | { readonly kind: "refused"; readonly reason: string };

/** What the meaning of a line depends on. */
export interface LineContext {
  /** Whether the sender has a name yet. */
  readonly isNamed: boolean;
  /** Whether the sender has a chat open. */
  readonly hasChat: boolean;
  /** Characters of a name; 0 for any number. */
  readonly maxName: number;
  /** Whether there is a user of this name, however it is written. */
  isUser(name: string): boolean;
}
