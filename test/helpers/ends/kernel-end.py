"""The TCP of this machine's kernel as one end of a connection, in the network namespace that this runs in, as root.

    kernel-end.py PLAN

Packets of the kernel go out through standard output and come in through standard input: four bytes of length, the most
significant first, then an IP packet. What the application of the kernel's end sees is told on standard error, a line of JSON
each: ready, opened, received (bytes, sha256), sent, failed (why), settled.

PLAN is an object in JSON:

    address, prefix, mtu   of the device
    sysctls                names below net.ipv4, and their values
    listen | connect       a port | an address and a port
    port                   that it connects from
    receiveBuffer          bytes, SO_RCVBUF
    congestion             TCP_CONGESTION
    send, seed             how many bytes the application sends, and what they are made from
    answers                true: it sends when it has received all
    echo                   true: it sends what it receives
    keepAlive              seconds without a word after which it asks, and between two questions
    stall                  seconds before it reads
    leaveAfter             bytes that it reads before it closes, whatever is unread
    abort                  true: it breaks the connection off in place of closing it (SO_LINGER of 0)
"""

import errno
import fcntl
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
LARGEST_PACKET = 65535
# As /proc/net/tcp writes them.
TIME_WAIT, LISTEN = "06", "0A"

plan = json.loads(sys.argv[1])
telling = threading.Lock()


def tell(event, **more):
    with telling:
        print(json.dumps({"event": event, **more}), file=sys.stderr, flush=True)


def pattern(seed, count):
    """Bytes that are nowhere like those of another place."""
    return hashlib.shake_128(seed.encode()).digest(count)


def open_device():
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN | IFF_NO_PI))
    for name, value in plan.get("sysctls", {}).items():
        with open(f"/proc/sys/net/ipv4/{name}", "w") as setting:
            setting.write(str(value))
    subprocess.run(["ip", "address", "add", f"{plan['address']}/{plan['prefix']}", "dev", "tun0"], check=True)
    subprocess.run(["ip", "link", "set", "tun0", "mtu", str(plan["mtu"]), "txqueuelen", "10000", "up"], check=True)
    return device


def prepare(link):
    if "receiveBuffer" in plan:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, plan["receiveBuffer"])
    if "congestion" in plan:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, plan["congestion"].encode())
    if "keepAlive" in plan:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, plan["keepAlive"])
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, plan["keepAlive"])
    if plan.get("abort"):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send_all(link):
    link.sendall(pattern(plan["seed"], plan["send"]))
    tell("sent", bytes=plan["send"])
    if "leaveAfter" not in plan:
        link.shutdown(socket.SHUT_WR)


def receive_all(link):
    digest, count = hashlib.sha256(), 0
    limit = plan.get("leaveAfter", float("inf"))
    time.sleep(plan.get("stall", 0))
    while count < limit:
        data = link.recv(min(65536, limit - count))
        if not data:
            break
        digest.update(data)
        count += len(data)
        if plan.get("echo"):
            link.sendall(data)
    tell("received", bytes=count, sha256=digest.hexdigest())


def attempt(act, link):
    """Does something with a connection. Returns whether it could be done; why not is told."""
    try:
        act(link)
    except OSError as error:
        tell("failed", why=errno.errorcode.get(error.errno, str(error)))
        return False
    return True


def serve(link):
    tell("opened")
    if plan.get("answers"):
        attempt(receive_all, link) and attempt(send_all, link)
    elif plan.get("send"):
        sender = threading.Thread(target=attempt, args=(send_all, link))
        sender.start()
        attempt(receive_all, link)
        sender.join()
    else:
        attempt(receive_all, link)
    link.close()
    wait_until_settled()


def states():
    with open("/proc/net/tcp") as table:
        return [line.split()[3] for line in table.readlines()[1:]]


def wait_until_settled():
    """Until the kernel has nothing more to say in any connection."""
    while any(state not in (TIME_WAIT, LISTEN) for state in states()):
        time.sleep(0.02)
    tell("settled", waiting=states().count(TIME_WAIT))


def run_application(listener):
    if listener is not None:
        while True:
            serve(listener.accept()[0])
    link = socket.socket()
    prepare(link)
    if "port" in plan:
        link.bind((plan["address"], plan["port"]))
    if attempt(lambda link: link.connect(tuple(plan["connect"])), link):
        serve(link)


def read_exactly(count):
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        sys.exit(0)
    return data


def carry_out(device):
    out = sys.stdout.buffer
    while True:
        packet = os.read(device, LARGEST_PACKET)
        out.write(struct.pack(">I", len(packet)) + packet)
        out.flush()


device = open_device()
listener = None
if "listen" in plan:
    listener = socket.socket()
    prepare(listener)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((plan["address"], plan["listen"]))
    listener.listen()
threading.Thread(target=carry_out, args=(device,), daemon=True).start()
tell("ready")
if listener is not None or "connect" in plan:
    threading.Thread(target=run_application, args=(listener,), daemon=True).start()
while True:
    os.write(device, read_exactly(struct.unpack(">I", read_exactly(4))[0]))
