/** Why a gzip file cannot be unpacked. */

export const DAMAGED = "the compressed file is damaged";
export const ENDS_EARLY = "the compressed file ends too early";

/** What keeps a compressed file from being unpacked, as half a sentence. */
export class GzipError extends Error {
  override readonly name = "GzipError";
}

interface CodedError {
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** What zlib calls an input that ends before it should, where the runtime tells. */
const EARLY_CODE = "Z_BUF_ERROR";

/**
 * What an error of unpacking says of the file, as half a sentence.
 *
 * @param isAtEnd whether the whole file had been handed over: for runtimes that do not say what was wrong
 */
export function describeDamage(error: unknown, isAtEnd = false): string {
  const { code, cause } = error as CodedError;
  const known = code ?? (cause as CodedError | undefined)?.code;
  const isZlib = typeof known === "string" && known.startsWith("Z_");
  const endsEarly = isZlib ? known === EARLY_CODE : isAtEnd;
  return endsEarly ? ENDS_EARLY : DAMAGED;
}
