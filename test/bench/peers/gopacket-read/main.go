// Reading with gopacket: every packet of a pcap file down to its TCP payload. `lazy` makes packets that decode a layer when
// it is asked for; `parser` fills in layers that are known beforehand, which is faster and for Ethernet, IPv4 and TCP alone.
// Prints the number of packets and of payload bytes. Checksums are not looked at.
//
// usage: read lazy|parser INPUT.pcap
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: read lazy|parser INPUT.pcap")
	}
	file, err := os.Open(os.Args[2])
	check(err)
	reader, err := pcapgo.NewReader(bufio.NewReaderSize(file, 1<<20))
	check(err)
	payloadOf := lazily
	if os.Args[1] == "parser" {
		payloadOf = parsing()
	}
	packets, payloadBytes := 0, 0
	for {
		frame, _, err := reader.ReadPacketData()
		if err == io.EOF {
			break
		}
		check(err)
		packets++
		payloadBytes += len(payloadOf(frame))
	}
	fmt.Println(packets, payloadBytes)
}

func lazily(frame []byte) []byte {
	packet := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	if tcp := packet.TransportLayer(); tcp != nil {
		return tcp.LayerPayload()
	}
	return nil
}

func parsing() func(frame []byte) []byte {
	var ethernet layers.Ethernet
	var ip layers.IPv4
	var tcp layers.TCP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip, &tcp, &payload)
	var decoded []gopacket.LayerType
	return func(frame []byte) []byte {
		check(parser.DecodeLayers(frame, &decoded))
		return tcp.Payload
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
