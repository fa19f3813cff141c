/**
 * The Linux kernel as the other end: what it accepts, acknowledges and closes in order is right, whatever the way between loses.
 * The clock is real, so that nothing here says how long anything takes.
 */
import { describe, expect, it } from "vitest";
import { kernelIsMissing } from "../../helpers/ends/kernel-end.ts";
import { KernelMeeting, type MeetingPlan, pattern, sha256 } from "../../helpers/ends/kernel-meeting.ts";

const MEGABYTE = 1_000_000;
/** Milliseconds; what a loss of a fifth needs with timeouts that double is hard to say. */
const PATIENCE = 400_000;

const OURS = pattern("ours", 5 * MEGABYTE);
const THEIRS = pattern("theirs", 5 * MEGABYTE);

interface Transfer extends MeetingPlan {
  /** Bytes. */
  readonly toSend: number;
  readonly toReceive: number;
}

/** Sends so much to the kernel, and so much from it, to the end of both streams and of the connection. */
async function transfer(
  { toSend, toReceive, kernel, own, ...rest }: Transfer,
  see: (meeting: KernelMeeting) => void = () => {},
): Promise<void> {
  const plan = {
    ...rest,
    kernel: { send: toReceive, seed: "theirs", ...kernel },
    own: { send: OURS.subarray(0, toSend), ...own },
  };
  await KernelMeeting.hold(plan, async (meeting) => {
    await meeting.sees(({ ending }) => ending !== undefined, PATIENCE);
    const received = await meeting.kernel.tells("received");
    await meeting.kernel.tells("settled");
    expect(received).toMatchObject({ bytes: toSend, sha256: sha256(OURS.subarray(0, toSend)) });
    expect(meeting.own.received).toBe(toReceive);
    expect(meeting.own.sha256()).toBe(sha256(THEIRS.subarray(0, toReceive)));
    expect(meeting.own.ending).toBe("closed");
    expect(meeting.own.acknowledgedUpTo).toBeGreaterThanOrEqual(1 + toSend);
    see(meeting);
  });
}

describe.skipIf(kernelIsMissing())("the Linux kernel as the other end", () => {
  it.each([{ loss: 0 }, { loss: 10 }, { loss: 50 }])(
    "takes and sends 5 MB whole where $loss of 1000 packets get lost in either direction",
    async ({ loss }) => {
      const rough = { toKernel: { loss }, fromKernel: { loss } };
      await transfer({ opens: "own", toSend: 5 * MEGABYTE, toReceive: 0, seed: 10 + loss, ...rough });
      await transfer({ opens: "kernel", toSend: 0, toReceive: 5 * MEGABYTE, seed: 20 + loss, ...rough });
    },
  );
});
