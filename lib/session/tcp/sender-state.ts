/** How the sender of a segment stood when it left. Bytes, and ticks. */
export interface SenderState {
  /** Congestion window in bytes. */
  readonly cwnd: number;
  /** Slow start threshold in bytes; undefined while nothing was lost. */
  readonly ssthresh: number | undefined;
  /** Bytes sent and not known to have arrived, the segment itself included. */
  readonly inFlight: number;
  /** Smoothed round-trip time; undefined before the first measurement. */
  readonly srtt: number | undefined;
  /** Retransmission timeout. */
  readonly rto: number;
  /** Bytes that the receiver has said it has room for, behind what it acknowledged. */
  readonly window: number;
}
