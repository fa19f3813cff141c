// The session of the benchmark with gopacket: one client sends N messages, and the server acknowledges each. Two packets a
// message into a pcap file. `fresh` makes the layers of each packet anew, as the examples of gopacket do; `reused` makes them
// once and fills them in again, so that nothing is allocated for them.
//
// usage: session fresh|reused MESSAGES BYTES_A_MESSAGE OUTPUT.pcap
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

type stack struct {
	ethernet *layers.Ethernet
	ip       *layers.IPv4
	tcp      *layers.TCP
}

type side struct {
	mac      net.HardwareAddr
	address  net.IP
	port     layers.TCPPort
	id       uint16
	sequence uint32
}

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: session fresh|reused MESSAGES BYTES_A_MESSAGE OUTPUT.pcap")
	}
	var messages, size int
	_, err := fmt.Sscan(os.Args[2]+" "+os.Args[3], &messages, &size)
	check(err)
	file, err := os.Create(os.Args[4])
	check(err)
	buffered := bufio.NewWriterSize(file, 1<<20)
	writer := pcapgo.NewWriter(buffered)
	check(writer.WriteFileHeader(262144, layers.LinkTypeEthernet))

	message := make(gopacket.Payload, size)
	for index := range message {
		message[index] = byte('A' + index%26)
	}
	client := &side{net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.IP{10, 0, 0, 1}, 49152, 0, 1000}
	server := &side{net.HardwareAddr{2, 0, 0, 0, 0, 2}, net.IP{10, 0, 0, 2}, 80, 0, 2000}

	isFresh := os.Args[1] == "fresh"
	frames := newStack()
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}

	for packet := 0; packet < 2*messages; packet++ {
		from, to, payload := client, server, message
		if packet%2 == 1 {
			from, to, payload = server, client, nil
		}
		if isFresh {
			frames = newStack()
		}
		frames.ethernet.SrcMAC, frames.ethernet.DstMAC = from.mac, to.mac
		frames.ip.SrcIP, frames.ip.DstIP, frames.ip.Id = from.address, to.address, from.id
		frames.tcp.SrcPort, frames.tcp.DstPort = from.port, to.port
		frames.tcp.Seq, frames.tcp.Ack, frames.tcp.PSH = from.sequence, to.sequence, len(payload) > 0
		check(gopacket.SerializeLayers(buffer, options, frames.ethernet, frames.ip, frames.tcp, payload))
		from.id++
		from.sequence += uint32(len(payload))

		frame := buffer.Bytes()
		check(writer.WritePacket(gopacket.CaptureInfo{
			Timestamp:     time.Unix(int64(packet/1000000), int64(packet%1000000)*1000),
			CaptureLength: len(frame),
			Length:        len(frame),
		}, frame))
	}
	check(buffered.Flush())
	check(file.Close())
}

func newStack() stack {
	ip := &layers.IPv4{Version: 4, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP}
	tcp := &layers.TCP{ACK: true, Window: 65535}
	check(tcp.SetNetworkLayerForChecksum(ip))
	return stack{&layers.Ethernet{EthernetType: layers.EthernetTypeIPv4}, ip, tcp}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
