"""Runs a command in a pseudo-terminal that stops to take output: stalled-terminal.py stopped|unread COMMAND... As soon as the first
line has come, Ctrl-S is typed (stopped), or nothing is read any more (unread). A line on standard input ends that. Standard output is
what the terminal gets. SIGTERM goes to the command. Ends with the exit code of the command."""

import os
import pty
import select
import signal
import sys

manner = sys.argv[1]
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
first = b""
while b"\n" not in first:
    first += os.read(terminal, 65536)
if manner == "stopped":
    os.write(terminal, b"\x13")
os.write(1, first)

is_stalled = True
is_asked = False
while True:
    inputs = ([] if is_asked else [0]) + ([terminal] if manner == "stopped" or not is_stalled else [])
    ready = select.select(inputs, [], [], 0.05)[0]
    if 0 in ready:
        is_asked = True
        if os.read(0, 100):
            is_stalled = False
            if manner == "stopped":
                os.write(terminal, b"\x11")
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # How Linux says that the command is gone.
            break
        if not shown:
            break
        os.write(1, shown)
    elif not ready:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            sys.exit(os.waitstatus_to_exitcode(status))

sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
