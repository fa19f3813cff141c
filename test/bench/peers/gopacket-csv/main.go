// The CSV of the benchmark with gopacket: a handshake for each new conversation, a PSH/ACK and its ACK for each row, a
// close for each conversation in the end. Nothing of the input is checked, and nothing of its order is put right.
// `fresh` makes the TCP layer of each packet anew; `reused` fills the same one in again.
//
// usage: csv fresh|reused INPUT.csv OUTPUT.pcap
package main

import (
	"bufio"
	"encoding/csv"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// Columns of the input.
const (
	source      = 2
	destination = 3
	text        = 4
	seconds     = 5
)

type side struct {
	mac      net.HardwareAddr
	address  net.IP
	port     layers.TCPPort
	id       uint16
	sequence uint32
}

type conversation struct {
	clientName     string
	client, server side
}

type flags struct{ syn, ack, psh, fin bool }

type encoder struct {
	isFresh  bool
	writer   *pcapgo.Writer
	buffer   gopacket.SerializeBuffer
	ethernet layers.Ethernet
	ip       layers.IPv4
	tcp      *layers.TCP
}

func (e *encoder) write(at time.Time, from, to *side, f flags, payload gopacket.Payload) {
	if e.isFresh {
		e.tcp = newTCP(&e.ip)
	}
	e.ethernet.SrcMAC, e.ethernet.DstMAC = from.mac, to.mac
	e.ip.SrcIP, e.ip.DstIP, e.ip.Id = from.address, to.address, from.id
	e.tcp.SrcPort, e.tcp.DstPort = from.port, to.port
	e.tcp.SYN, e.tcp.ACK, e.tcp.PSH, e.tcp.FIN = f.syn, f.ack, f.psh, f.fin
	e.tcp.Seq, e.tcp.Ack = from.sequence, 0
	if f.ack {
		e.tcp.Ack = to.sequence
	}
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	check(gopacket.SerializeLayers(e.buffer, options, &e.ethernet, &e.ip, e.tcp, payload))
	from.id++
	from.sequence += uint32(len(payload))
	if f.syn || f.fin {
		from.sequence++
	}
	frame := e.buffer.Bytes()
	info := gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(frame), Length: len(frame)}
	check(e.writer.WritePacket(info, frame))
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: csv fresh|reused INPUT.csv OUTPUT.pcap")
	}
	input, err := os.Open(os.Args[2])
	check(err)
	output, err := os.Create(os.Args[3])
	check(err)
	buffered := bufio.NewWriterSize(output, 1<<20)
	e := &encoder{
		isFresh:  os.Args[1] == "fresh",
		writer:   pcapgo.NewWriter(buffered),
		buffer:   gopacket.NewSerializeBuffer(),
		ethernet: layers.Ethernet{EthernetType: layers.EthernetTypeIPv4},
		ip:       layers.IPv4{Version: 4, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP},
	}
	e.tcp = newTCP(&e.ip)
	check(e.writer.WriteFileHeader(262144, layers.LinkTypeEthernet))

	rows := csv.NewReader(bufio.NewReaderSize(input, 1<<20))
	rows.ReuseRecord = true
	_, err = rows.Read()
	check(err)
	// By the names of both ends, in the order of the alphabet.
	known := map[[2]string]*conversation{}
	var all []*conversation
	var at time.Time
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		check(err)
		since, err := strconv.ParseFloat(row[seconds], 64)
		check(err)
		at = time.Unix(0, int64(since*1e9))
		names := [2]string{row[source], row[destination]}
		if names[0] > names[1] {
			names[0], names[1] = names[1], names[0]
		}
		c := known[names]
		if c == nil {
			c = newConversation(row[source], len(all))
			known[names] = c
			all = append(all, c)
			e.write(at, &c.client, &c.server, flags{syn: true}, nil)
			e.write(at, &c.server, &c.client, flags{syn: true, ack: true}, nil)
			e.write(at, &c.client, &c.server, flags{ack: true}, nil)
		}
		from, to := &c.client, &c.server
		if row[source] != c.clientName {
			from, to = to, from
		}
		e.write(at, from, to, flags{ack: true, psh: true}, gopacket.Payload(row[text]))
		e.write(at, to, from, flags{ack: true}, nil)
	}
	for _, c := range all {
		e.write(at, &c.client, &c.server, flags{ack: true, fin: true}, nil)
		e.write(at, &c.server, &c.client, flags{ack: true}, nil)
		e.write(at, &c.server, &c.client, flags{ack: true, fin: true}, nil)
		e.write(at, &c.client, &c.server, flags{ack: true}, nil)
	}
	check(buffered.Flush())
	check(output.Close())
}

func newTCP(ip *layers.IPv4) *layers.TCP {
	tcp := &layers.TCP{Window: 65535}
	check(tcp.SetNetworkLayerForChecksum(ip))
	return tcp
}

// Every client has a port of its own as long as there are any.
func newConversation(clientName string, index int) *conversation {
	port := layers.TCPPort(1024 + index%64000)
	return &conversation{
		clientName: clientName,
		client:     side{net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.IP{10, 0, 0, 1}, port, 1, 1000},
		server:     side{net.HardwareAddr{2, 0, 0, 0, 0, 2}, net.IP{10, 0, 0, 2}, 80, 1, 2000},
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
