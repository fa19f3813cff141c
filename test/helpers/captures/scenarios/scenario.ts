export interface Scenario {
  readonly name: string;
  /** In the notation of packetdrill-script.ts; behind `;` stands what Wireshark finds. */
  readonly script: string;
}

/** Three segments that nothing is wrong with. */
export const HANDSHAKE = `
  +0    > S  0:0(0) win 65535 <mss 1460,sackOK,wscale 7>
  +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,wscale 7>
  +.001 > .  1:1(0) ack 1 win 512`;
