/** Numbers that say how a captured frame begins (the LINKTYPE registry of the capture file formats). */
export const LinkType = {
  /** BSD loopback: four bytes of address family in the byte order of the machine that captured. */
  NULL: 0,
  ETHERNET: 1,
  /** No link layer: the frame begins with its IP header. */
  RAW: 101,
} as const;

export type LinkType = (typeof LinkType)[keyof typeof LinkType];
