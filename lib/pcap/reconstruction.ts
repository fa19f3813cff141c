/** Packets that no network adapter has seen, and what tells them: each frame says where it comes from, in its first comment. */

/** Nobody is to take a recording for what a network adapter has seen. */
export const RECONSTRUCTED = "Reconstructed from socket events";

/** Whether the comments on a packet say that it was made from what sockets did. */
export function isReconstructed(comments: readonly string[]): boolean {
  return comments.length > 0 && comments[0]!.startsWith(RECONSTRUCTED);
}
