/** What was worked on: two programs are compared only where this is the same for both. */
export interface Workload {
  readonly packets: number;
  /** Bytes that TCP carries. */
  readonly payloadBytes: number;
}
