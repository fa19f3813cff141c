/** What a connection of the plan needs of sockets, whichever transport they are of. */
import type { ExchangeError } from "./exchange-errors.ts";
import type { PlannedStep } from "./exchange-plan.ts";

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly client: End;
  readonly server: End;
}

export interface LinkObserver {
  /** All of a step that was expected has arrived. */
  arrived(step: PlannedStep): void;
  wrong(error: ExchangeError): void;
}

/** The sockets of one connection, as far as they are on this machine. */
export interface Link {
  /** @param first the step that asks for it @returns when it stands @throws ExchangeError */
  open(first: PlannedStep): Promise<Ends>;
  /** What the other side is to receive of this step: called before it is sent, where both sides are here. */
  expect(step: PlannedStep): void;
  /** @returns when the system has taken it @throws ExchangeError */
  send(step: PlannedStep): Promise<void>;
  /** What was expected first and has not arrived yet. */
  readonly waitingFor: PlannedStep | undefined;
  /** Bytes that have arrived without being expected. */
  readonly surplus: number;
  /** Whether the other side has ended or is gone, without a step that says so, so far. */
  readonly isCutOff: boolean;
  /** Closes whatever is still open, at once. Harmless the second time. */
  destroy(): void;
}
