import { describePacketProblem, PacketError, type PacketErrorCode, type PacketErrorDetails } from "../core/errors.ts";

/**
 * Where and why a packet could not be understood any further. Not an error yet: a capture can be full of such packets, and
 * an error is costly to make.
 */
export class StoppedAt {
  readonly code: PacketErrorCode;
  readonly #details: PacketErrorDetails;

  constructor(code: PacketErrorCode, details: PacketErrorDetails) {
    this.code = code;
    this.#details = details;
  }

  get layer(): string {
    return this.#details.layer;
  }

  /** A sentence without a full stop: the layer, what is wrong, at which byte. */
  get message(): string {
    return describePacketProblem(this.#details);
  }

  toError(): PacketError {
    return new PacketError(this.code, this.#details);
  }
}
