/** How a TCP behaves, where the standards leave a choice or systems differ: what is not given is as Linux has it. */

/** How the rate of sending follows what the network can carry. */
export type CongestionControl =
  /** Not at all: what the window of the receiver allows is sent. */
  | "none"
  /** RFC 5681 and 6582. */
  | "reno"
  /** RFC 9438. */
  | "cubic";

/** Times are ticks of the session. Default values are said in seconds. */
export interface TcpHabits {
  /** The most data in a segment that this side receives, in bytes: what its SYN says. */
  readonly maximumSegmentSize: number;
  /** Default: `cubic`. */
  readonly congestion: CongestionControl;
  /** Segments that may be sent before anything was acknowledged, 1 to 1000 (RFC 6928). Default: 10. */
  readonly initialWindow: number;
  /** Bytes of the receive buffer, 1 to 2^30. Default: 65,536. */
  readonly receiveBuffer: number;
  /** Bytes a second that the application reads; 0: it reads nothing; undefined: at once. */
  readonly readRate: number | undefined;
  /** Ticks from the opening of the connection to the first read. Default: 0. */
  readonly readPause: number;
  /** Whether selective acknowledgements are offered, and used where both do (RFC 2018, 2883, 6675). Default: true. */
  readonly sack: boolean;
  /** Whether losses are told by time as well (RFC 8985), and tails probed; only with `sack`. Default: true. */
  readonly rack: boolean;
  /** Whether time stamps are offered (RFC 7323). Default: false. */
  readonly timestamps: boolean;
  /** Whether windows are scaled where both can (RFC 7323). Default: true. */
  readonly windowScale: boolean;
  /** Whether congestion may be marked instead of lost (RFC 3168). Default: false. */
  readonly ecn: boolean;
  /** Whether a short segment waits while one is unacknowledged (RFC 9293, section 3.7.4). Default: false. */
  readonly nagle: boolean;
  /** The most ticks that an acknowledgement is put off; 0: it never is. Default: 40 ms. */
  readonly delayedAcknowledgment: number;
  /** The least retransmission timeout in ticks. Default: 200 ms. */
  readonly leastTimeout: number;
  /** The timeout before anything was measured, in ticks. Default: 1 s (RFC 6298, section 2.1). */
  readonly initialTimeout: number;
  /** The most that a timeout grows to, in ticks. Default: 120 s. */
  readonly largestTimeout: number;
  /** SYNs sent again before the attempt is given up. Default: 6. */
  readonly synRetries: number;
  /** SYN/ACKs sent again before the attempt is given up. Default: 5. */
  readonly synAckRetries: number;
  /** Times that data is sent again before the connection is given up. Default: 15. */
  readonly dataRetries: number;
  /** Ticks without a word after which the other side is asked; undefined: never. */
  readonly keepAlive: number | undefined;
  /** Ticks between two such questions. Default: 75 s. */
  readonly keepAliveInterval: number;
  /** Questions without an answer before the connection is given up. Default: 9. */
  readonly keepAliveProbes: number;
  /** Ticks that a closed connection is remembered. Default: 60 s. */
  readonly timeWait: number;
}

/** @param ticksPerSecond of the session that the times are for */
export function linuxHabits(ticksPerSecond: number): TcpHabits {
  return {
    maximumSegmentSize: 1460,
    congestion: "cubic",
    initialWindow: 10,
    receiveBuffer: 65_536,
    readRate: undefined,
    readPause: 0,
    sack: true,
    rack: true,
    timestamps: false,
    windowScale: true,
    ecn: false,
    nagle: false,
    delayedAcknowledgment: 0.04 * ticksPerSecond,
    leastTimeout: 0.2 * ticksPerSecond,
    initialTimeout: ticksPerSecond,
    largestTimeout: 120 * ticksPerSecond,
    synRetries: 6,
    synAckRetries: 5,
    dataRetries: 15,
    keepAlive: undefined,
    keepAliveInterval: 75 * ticksPerSecond,
    keepAliveProbes: 9,
    timeWait: 60 * ticksPerSecond,
  };
}
