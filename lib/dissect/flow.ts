/** Segments and datagrams of a packet besides its innermost one. */

const NOTHING_TO_VIEW = new DataView(new ArrayBuffer(0));

/**
 * Between which end points a segment or datagram goes that is not the innermost one of the packet: one that carries a tunnel,
 * or one that an ICMP error quotes.
 */
export class Flow {
  /** Index of its header. */
  layer = 0;
  /** Version of the IP header that carries it: 4, 6, or 0 where there is none. */
  ipVersion: 0 | 4 | 6 = 0;
  /** A view of the memory that its addresses stand in. */
  addressView: DataView = NOTHING_TO_VIEW;
  /** Index in `addressView` of the source address. */
  sourceAt = 0;
  /** Index in `addressView` of the destination address. */
  destinationAt = 0;
  /** Where what there is of its payload ends, and where that ended on the wire; of a quoted one, the packet that it is in. */
  payloadEnd = 0;
  /** Where its payload ended on the wire. */
  wireEnd = 0;
}
