"""The CSV of the benchmark with Scapy: a handshake for each new conversation, a PSH/ACK and its ACK for each row, a close
for each conversation in the end.

usage: python3 scapy_csv.py INPUT.csv OUTPUT.pcap
"""

import csv
import sys

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import PcapWriter


class Side:
    def __init__(self, number, port, sequence):
        self.mac = f"02:00:00:00:00:0{number}"
        self.address = f"10.0.0.{number}"
        self.port = port
        self.id = 1
        self.sequence = sequence


class Conversation:
    def __init__(self, client_name, index):
        self.client_name = client_name
        self.client = Side(1, 1024 + index % 64000, 1000)
        self.server = Side(2, 80, 2000)


def write(writer, time, source, destination, flags, payload=b""):
    packet = (
        Ether(src=source.mac, dst=destination.mac)
        / IP(src=source.address, dst=destination.address, id=source.id, flags="DF")
        / TCP(
            sport=source.port,
            dport=destination.port,
            seq=source.sequence,
            ack=destination.sequence if "A" in flags else 0,
            flags=flags,
            window=65535,
        )
    )
    if payload:
        packet = packet / payload
    packet.time = time
    writer.write(packet)
    source.id = (source.id + 1) % 2**16
    source.sequence = (source.sequence + len(payload) + ("S" in flags or "F" in flags)) % 2**32


def main(source, destination):
    conversations = {}
    time = 0.0
    with open(source, newline="", encoding="utf-8") as rows, PcapWriter(destination, sync=False) as writer:
        for row in csv.DictReader(rows):
            time = float(row["timestamp"])
            ends = frozenset((row["src_app"], row["dst_app"]))
            talk = conversations.get(ends)
            if talk is None:
                talk = conversations[ends] = Conversation(row["src_app"], len(conversations))
                write(writer, time, talk.client, talk.server, "S")
                write(writer, time, talk.server, talk.client, "SA")
                write(writer, time, talk.client, talk.server, "A")
            sides = (talk.client, talk.server)
            sender, receiver = sides if row["src_app"] == talk.client_name else reversed(sides)
            write(writer, time, sender, receiver, "PA", row["message"].encode())
            write(writer, time, receiver, sender, "A")
        for talk in conversations.values():
            write(writer, time, talk.client, talk.server, "FA")
            write(writer, time, talk.server, talk.client, "A")
            write(writer, time, talk.server, talk.client, "FA")
            write(writer, time, talk.client, talk.server, "A")


main(*sys.argv[1:])
