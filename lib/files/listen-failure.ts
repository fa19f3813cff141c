/** Why a server cannot listen where it was told to, in the words that every server here uses. */

/** Why a server cannot listen: the port is taken, needs more rights, the address is none of this machine, or something else. */
export type ListenFailureCode = "BUSY_PORT" | "PRIVILEGED_PORT" | "BAD_HOST" | "CANNOT_LISTEN";

export interface ListenFailure {
  readonly code: ListenFailureCode;
  /** A sentence. */
  readonly message: string;
}

export function describeListenFailure(host: string, port: number, error: NodeJS.ErrnoException): ListenFailure {
  switch (error.code) {
    case "EADDRINUSE":
      return { code: "BUSY_PORT", message: `Port ${port} is in use; choose another with --port.` };
    case "EACCES":
      return { code: "PRIVILEGED_PORT", message: `Port ${port} needs more rights; choose one from 1024 up.` };
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL":
    case "EAFNOSUPPORT":
      return {
        code: "BAD_HOST",
        message: `${JSON.stringify(host)} is no address of this computer; give another with --host.`,
      };
    default:
      return { code: "CANNOT_LISTEN", message: `The server cannot listen: ${error.message}.` };
  }
}
