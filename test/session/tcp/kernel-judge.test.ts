/**
 * The Linux kernel as the other end: what it accepts, acknowledges and closes in order is right, whatever the way between loses.
 * The clock is real, and timeouts are those of real connections; nothing here says how long anything takes.
 */
import { describe, expect, it } from "vitest";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import type { TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { kernelIsMissing } from "../../helpers/ends/kernel-end.ts";
import { KernelMeeting, type MeetingPlan, pattern, sha256 } from "../../helpers/ends/kernel-meeting.ts";
import { TICKS_PER_SECOND } from "../../helpers/ends/real-time-end.ts";
import { PATIENCE } from "../../helpers/programs/patience.ts";

const MEGABYTE = 1_000_000;
const SECOND = TICKS_PER_SECOND;
/** Milliseconds for what loses a fifth of its packets, whose timeouts double. */
const LONG_PATIENCE = 4 * PATIENCE;
/** Asks for the whole transfer where a fifth of the packets get lost: it takes minutes. */
const IS_THOROUGH = process.env.WIREWRIGHT_LONG_TRANSFERS === "1";

/** Most of the time goes by with waiting. */
const OPTIONS = { concurrent: true };

const OURS = pattern("ours", 5 * MEGABYTE);
const THEIRS = pattern("theirs", 5 * MEGABYTE);

interface Transfer extends Partial<MeetingPlan> {
  /** Bytes. */
  readonly toSend: number;
  readonly toReceive: number;
}

/** Sends so much to the kernel, and so much from it, to the end of both streams and of the connection. */
async function transfer(
  { toSend, toReceive, kernel, own, ...rest }: Transfer,
  see: (meeting: KernelMeeting) => void = () => {},
): Promise<void> {
  const plan: MeetingPlan = {
    opens: "own",
    ...rest,
    kernel: { send: toReceive, seed: "theirs", ...kernel },
    own: { send: OURS.subarray(0, toSend), ...own },
  };
  await KernelMeeting.hold(plan, async (meeting) => {
    await meeting.sees(({ ending }) => ending !== undefined, LONG_PATIENCE);
    const received = await meeting.kernel.tells("received");
    await meeting.kernel.tells("settled");
    expect(received).toMatchObject({ bytes: toSend, sha256: sha256(OURS.subarray(0, toSend)) });
    expect(meeting.own.received).toBe(toReceive);
    expect(meeting.own.sha256()).toBe(sha256(THEIRS.subarray(0, toReceive)));
    expect(meeting.own.ending).toBe("closed");
    expect(meeting.own.acknowledgedUpTo).toBe(1 + toSend);
    see(meeting);
  });
}

/** Whatever can happen on the way, in both directions. */
const ROUGH = { loss: 20, duplicate: 10, reorder: 20 } as const;

describe.skipIf(kernelIsMissing())("the Linux kernel as the other end", OPTIONS, () => {
  const size = (loss: number) => (loss < 200 || IS_THOROUGH ? 5 * MEGABYTE : 0.3 * MEGABYTE);

  describe.each([0, 10, 50, 200])("where %i of 1000 packets get lost in either direction", (loss) => {
    const rough = { toKernel: { loss }, fromKernel: { loss } };

    it("takes all that is sent to it", async () => {
      await transfer({ toSend: size(loss), toReceive: 0, seed: 10 + loss, ...rough }, ({ toKernel }) => {
        expect(toKernel.lost > 0).toBe(loss > 0);
      });
    });

    it("sends all that it has", async () => {
      const plan = { opens: "kernel", toSend: 0, toReceive: size(loss), seed: 20 + loss, ...rough } as const;
      await transfer(plan, ({ fromKernel }) => {
        expect(fromKernel.lost > 0).toBe(loss > 0);
      });
    });
  });

  it("talks in both directions at once, while packets get lost, are sent twice and out of order", async () => {
    const plan = { toSend: 2 * MEGABYTE, toReceive: 2 * MEGABYTE, toKernel: ROUGH, fromKernel: ROUGH, seed: 3 };
    await transfer(plan, ({ toKernel, fromKernel }) => {
      for (const path of [toKernel, fromKernel]) {
        expect(path.lost).toBeGreaterThan(0);
        expect(path.duplicated).toBeGreaterThan(0);
        expect(path.reordered).toBeGreaterThan(0);
      }
    });
  });

  it.each<{
    name: string;
    sysctls?: Record<string, number>;
    congestion?: "reno" | "cubic";
    habits: Partial<TcpHabits>;
  }>([
    { name: "selective acknowledgments", sysctls: { tcp_sack: 1 }, habits: { sack: true } },
    { name: "no selective acknowledgments, as the kernel has it", sysctls: { tcp_sack: 0 }, habits: { sack: true } },
    { name: "no selective acknowledgments, as we have it", sysctls: { tcp_sack: 1 }, habits: { sack: false } },
    {
      name: "losses told by segments alone",
      sysctls: { tcp_recovery: 0, tcp_early_retrans: 0 },
      habits: { rack: false },
    },
    { name: "time stamps", sysctls: { tcp_timestamps: 1 }, habits: { timestamps: true } },
    {
      name: "time stamps, and no selective acknowledgments",
      sysctls: { tcp_timestamps: 1, tcp_sack: 0 },
      habits: { timestamps: true },
    },
    { name: "no time stamps, as the kernel has it", sysctls: { tcp_timestamps: 0 }, habits: { timestamps: true } },
    { name: "windows that are not scaled", sysctls: { tcp_window_scaling: 0 }, habits: { receiveBuffer: 1 << 20 } },
    { name: "large windows", sysctls: { tcp_window_scaling: 1 }, habits: { receiveBuffer: 1 << 20 } },
    { name: "small segments", habits: { maximumSegmentSize: 88 } },
    { name: "Reno on both sides", congestion: "reno", habits: { congestion: "reno" } },
    { name: "CUBIC on both sides", congestion: "cubic", habits: { congestion: "cubic" } },
    { name: "nothing that slows the sender down", habits: { congestion: "none" } },
    { name: "Nagle's algorithm", habits: { nagle: true } },
  ])("sends and takes with $name", async ({ habits, ...kernel }) => {
    const amount = habits.maximumSegmentSize === undefined ? MEGABYTE : 0.1 * MEGABYTE;
    const rough = { toKernel: ROUGH, fromKernel: ROUGH, seed: 40 };
    await transfer({ toSend: amount, toReceive: amount, kernel, own: { habits }, ...rough });
  });

  it("hears of congestion and tells of it, where both ends can (RFC 3168)", async () => {
    const marking = { mark: 20, loss: 5 };
    await transfer(
      {
        toSend: 2 * MEGABYTE,
        toReceive: 2 * MEGABYTE,
        kernel: { sysctls: { tcp_ecn: 1 } },
        own: { habits: { ecn: true } },
        toKernel: marking,
        fromKernel: marking,
        seed: 50,
      },
      ({ toKernel, fromKernel }) => {
        for (const path of [toKernel, fromKernel]) {
          expect(path.marked).toBeGreaterThan(0);
          // Beyond the handshake.
          expect(path.sentWith(TcpFlag.ECE)).toBeGreaterThan(1);
          expect(path.sentWith(TcpFlag.CWR)).toBeGreaterThan(1);
        }
      },
    );
  });

  it.each([
    { theirs: 0, ours: true },
    { theirs: 1, ours: false },
  ])("does not speak of congestion where one end cannot (kernel $theirs, we $ours)", async ({ theirs, ours }) => {
    await transfer(
      {
        toSend: 0.2 * MEGABYTE,
        toReceive: 0.2 * MEGABYTE,
        kernel: { sysctls: { tcp_ecn: theirs } },
        own: { habits: { ecn: ours } },
        toKernel: { mark: 100 },
        fromKernel: { mark: 100 },
      },
      ({ toKernel, fromKernel }) => {
        expect(toKernel.marked + fromKernel.marked).toBe(0);
      },
    );
  });

  it("closes its window while its application does not read, and opens it again", async () => {
    const plan = { toSend: 0.5 * MEGABYTE, toReceive: 0, kernel: { stall: 2, receiveBuffer: 20_000 } };
    await transfer(plan, ({ own, fromKernel }) => {
      expect(fromKernel.closed).toBeGreaterThan(0);
      expect(own.causes["window-probe"]).toBeGreaterThan(0);
    });
  });

  it("waits while our application does not read, and goes on when it does, slowly", async () => {
    const habits = { receiveBuffer: 20_000, readPause: 2 * SECOND, readRate: 200_000 };
    const plan = { toSend: 0, toReceive: 0.5 * MEGABYTE, own: { habits } };
    await transfer(plan, ({ toKernel, own }) => {
      expect(toKernel.closed).toBeGreaterThan(0);
      expect(own.causes["window-update"]).toBeGreaterThan(0);
    });
  });

  it("gets over a window that closes while packets get lost", async () => {
    await transfer({
      toSend: 0.2 * MEGABYTE,
      toReceive: 0.2 * MEGABYTE,
      kernel: { stall: 1, receiveBuffer: 10_000 },
      own: { habits: { receiveBuffer: 10_000, readPause: SECOND, readRate: 400_000 } },
      toKernel: { loss: 100 },
      fromKernel: { loss: 100 },
      seed: 60,
    });
  });

  it("sends back what we send", async () => {
    const sent = OURS.subarray(0, 2 * MEGABYTE);
    const plan = { opens: "own", toKernel: ROUGH, fromKernel: ROUGH, seed: 70 } as const;
    await KernelMeeting.hold({ ...plan, kernel: { echo: true }, own: { send: sent } }, async (meeting) => {
      await meeting.sees(({ ending }) => ending === "closed");
      expect(meeting.own.sha256()).toBe(sha256(sent));
    });
  });

  it("gets back what it sends", async () => {
    const plan = { opens: "kernel", toKernel: ROUGH, fromKernel: ROUGH, seed: 80 } as const;
    const kernel = { send: 2 * MEGABYTE, seed: "theirs" };
    await KernelMeeting.hold({ ...plan, kernel, own: { echo: true } }, async (meeting) => {
      await meeting.sees(({ ending }) => ending === "closed");
      const { sha256: received } = await meeting.kernel.tells("received");
      expect(received).toBe(sha256(THEIRS.subarray(0, 2 * MEGABYTE)));
      await meeting.kernel.tells("settled");
    });
  });

  it("answers after we have closed our side (RFC 9293, section 3.6)", async () => {
    await transfer({ toSend: 0.3 * MEGABYTE, toReceive: 0.3 * MEGABYTE, kernel: { answers: true } });
  });

  it("opens at the same moment as we do (RFC 9293, section 3.5)", async () => {
    const late = { delay: 300 };
    await transfer(
      { opens: "both", toSend: 50_000, toReceive: 50_000, toKernel: late, fromKernel: late },
      ({ toKernel, fromKernel }) => {
        expect(toKernel.sentWith(TcpFlag.SYN)).toBeGreaterThan(1);
        expect(fromKernel.sentWith(TcpFlag.SYN)).toBeGreaterThan(1);
      },
    );
  });

  it("answers when it is asked whether it is there, and asks", async () => {
    const plan: MeetingPlan = {
      opens: "own",
      kernel: { keepAlive: 1 },
      own: { closes: false, habits: { keepAlive: 0.4 * SECOND, keepAliveInterval: 0.4 * SECOND, keepAliveProbes: 3 } },
    };
    await KernelMeeting.hold(plan, async (meeting) => {
      await meeting.sees(({ causes }) => (causes["keep-alive"] ?? 0) > 5);
      expect(meeting.own.ending).toBe(undefined);
      expect(meeting.own.endpoint.state).toBe("ESTABLISHED");
    });
  });
});

describe.skipIf(kernelIsMissing())("a reset between the Linux kernel and us", OPTIONS, () => {
  it("refuses us where nobody listens", async () => {
    await KernelMeeting.hold({ opens: "own", kernel: { listen: 9001 } }, async (meeting) => {
      await meeting.sees(({ ending }) => ending !== undefined);
      expect(meeting.own.ending).toBe("refused");
      expect(meeting.own.isOpen).toBe(false);
    });
  });

  it("refuses the kernel where we do not listen", async () => {
    await KernelMeeting.hold({ opens: "kernel", own: { isDeaf: true } }, async ({ kernel }) => {
      expect(await kernel.tells("failed")).toMatchObject({ why: "ECONNREFUSED" });
    });
  });

  it("tells the kernel that we have broken off", async () => {
    const plan: MeetingPlan = { opens: "own", own: { send: OURS.subarray(0, 100_000), closes: false } };
    await KernelMeeting.hold(plan, async (meeting) => {
      await meeting.sees(({ acknowledgedUpTo }) => acknowledgedUpTo === 100_001);
      meeting.own.act((endpoint, now) => endpoint.abort(now));
      expect(await meeting.kernel.tells("failed")).toMatchObject({ why: "ECONNRESET" });
      expect(meeting.own.ending).toBe("aborted");
    });
  });

  it("tells the kernel that we have closed with data unread", async () => {
    const plan: MeetingPlan = {
      opens: "own",
      kernel: { send: 10_000, seed: "theirs" },
      own: { closes: false, habits: { readRate: 0 } },
    };
    await KernelMeeting.hold(plan, async (meeting) => {
      await meeting.kernel.tells("sent");
      await meeting.sees(({ endpoint }) => endpoint.state === "CLOSE-WAIT");
      meeting.own.act((endpoint, now) => endpoint.close(now));
      expect(await meeting.kernel.tells("failed")).toMatchObject({ why: "ECONNRESET" });
    });
  });

  it("tells us that the kernel has broken off", async () => {
    const plan: MeetingPlan = {
      opens: "own",
      kernel: { abort: true, leaveAfter: 50_000 },
      own: { send: OURS.subarray(0, 50_000), closes: false },
    };
    await KernelMeeting.hold(plan, async (meeting) => {
      await meeting.sees(({ ending }) => ending !== undefined);
      expect(meeting.own.ending).toBe("reset");
    });
  });

  it("tells us that the kernel has closed with data unread", async () => {
    const plan: MeetingPlan = { opens: "own", kernel: { leaveAfter: 1000 }, own: { send: OURS.subarray(0, 50_000) } };
    await KernelMeeting.hold(plan, async (meeting) => {
      await meeting.sees(({ ending }) => ending !== undefined);
      expect(meeting.own.ending).toBe("reset");
    });
  });
});
