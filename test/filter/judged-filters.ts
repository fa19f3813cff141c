/** Filters that Wireshark is asked about too. */
export const JUDGED_FILTERS: readonly string[] = `
frame
eth
vlan
null
sll
ip
ipv6
arp
icmp
icmpv6
tcp
udp
dns
http
frame.number
frame.number == 3
frame.number != 3
frame.number > 5 and frame.number <= 8
frame.number & 1
frame.number & 1 == 0
frame.number & 0x3 != 1
frame.len > 60
frame.cap_len == frame.len
frame.len == 54
frame.time_relative > 1.25
frame.time_relative == 2.25
frame.time_relative >= 2.250 && frame.time_relative <= 4.25
frame.time_relative > -1
frame.time_relative in {1..3.25}
frame.time_epoch > 1767225605
frame.time_epoch == 1767225601.25
frame.time_epoch != 1767225601.25
frame.comment
eth.addr == 02:00:0a:00:00:01
eth.src == 02-00-0a-00-00-02
eth.dst != 0200.0a00.0002
eth.src > 02:00:0a:00:00:01
eth.src < eth.dst
eth.type == 0x800
eth.type == 0x8100
eth.type
vlan.id == 5
vlan.id == 10
vlan.id != 10
vlan.id === 10
vlan.id !== 10
vlan.id > 50
ieee8021ad
ieee8021ad.id == 10
ieee8021ad.priority == 1
vlan contains "tagged"
vlan.priority == 3
vlan.priority == 1
vlan.etype == 0x86dd
ip.version == 4
ip.hdr_len == 20
ip.dsfield == 0xb8
ip.dsfield.dscp == 46
ip.dsfield.ecn == 0
ip.len > 60
ip.len >= 0x28
ip.id == 0xbeef
ip.flags.df == 1
ip.flags.df == 0
ip.flags.df
ip.flags.mf == True
ip.frag_offset > 0
ip.frag_offset == 185
ip.ttl == 0100
ip.ttl < 64
ip.ttl == 0b11111111
ip.proto == 6
ip.proto != 6
ip.proto === 17
ip.proto !== 17
ip.checksum == 0xdead
ip.checksum.status == 1
ip.checksum.status == 0
ip.checksum.status == "Bad"
ip.src == 10.0.0.1
ip.src != 10.0.0.1
ip.dst == 10.0.0.0/24
ip.addr == 192.168.0.0/16
ip.addr != 192.168.0.0/16
ip.addr == 0.0.0.0/0
ip.addr > 10.0.0.1
ip.src > 10.0.0.0/24
ip.src >= 10.0.0.0/24
ip.addr === 10.0.0.0/8
ip.addr !== 10.0.0.1
ip.addr ~= 10.0.0.1
ip.src == ip.dst
ip.src != ip.dst
ip.src < ip.dst
ip.src >= ip.dst
ip.addr in {10.0.0.2..10.0.0.9}
ipv6.version == 6
ipv6.addr == 2001:db8::1
ipv6.src == 2001:db8::/64
ipv6.dst == 2001:db8:0:1::/64
ipv6.src != 2001:db8::1
ipv6.addr == ::/0
ipv6.src > 2001:db8::1
ipv6.src < ipv6.dst
ipv6.hlim == 5
ipv6.hlim > 64
ipv6.nxt == 17
ipv6.nxt == 58
ipv6.plen == 18
ipv6.flow == 0x12345
ipv6.tclass == 0x28
tcp.srcport == 80
tcp.dstport == 80
tcp.port == 80
tcp.port != 80
tcp.port ne 80
tcp.port ~= 80
tcp.port any_ne 80
tcp.port === 80
tcp.port !== 80
tcp.port all_ne 9999
tcp.port gt 1024
tcp.port > 1024 && tcp.port < 50000
tcp.port <= 0x1bb
tcp.port ge 443
tcp.port in {80..443}
tcp.port in {9998..10000}
not tcp.port in {80}
tcp.port not in {80}
tcp.srcport < tcp.dstport
tcp.port == tcp.port
tcp.port != tcp.port
tcp.srcport == ip.ttl
tcp.stream == 0
tcp.stream == 1
tcp.stream > 0 and tcp.stream < 3
tcp.seq_raw == 1001
tcp.seq_raw > 3999999999
tcp.ack_raw == 5001
tcp.len > 0
tcp.len == 0
tcp.len == 5
tcp.hdr_len == 20
tcp.flags == 0x002
tcp.flags == 0x012
tcp.flags > 0x12
tcp.flags & 0x02
tcp.flags & 0x12 == 0x02
tcp.flags & 2 == 2 and tcp.flags & 16 == 0
tcp.flags bitwise_and 0x10
tcp.flags.syn
tcp.flags.syn == 1
tcp.flags.syn == 1 && tcp.flags.ack == 0
tcp.flags.syn == 0
tcp.flags.syn != 1
tcp.flags.syn > 0
tcp.flags.fin == True
tcp.flags.reset == 1
tcp.flags.push == 1
tcp.flags.ack == False
tcp.flags.urg == 1
tcp.flags.ece == 1
tcp.flags.cwr == 1
tcp.flags.ae == 1
tcp.window_size_value == 0
tcp.window_size_value < 65535
tcp.checksum == 0x1234
tcp.checksum.status == 0
tcp.checksum.status == 1
tcp.checksum.status == Good
tcp.checksum.status
tcp.urgent_pointer == 3
tcp.payload
tcp.payload contains "GET"
tcp.payload contains 47:45:54
tcp.payload contains 4745
tcp.payload contains "\\r\\n\\r\\n"
tcp.payload contains "G\\x45T"
tcp.payload matches "get"
tcp.payload matches "(?-i)get"
tcp.payload matches r"^http/1\\.[01] \\d+"
tcp.payload matches "host.*example"
tcp.payload matches "(?s)1.1..host"
tcp.payload matches "1.1..host"
tcp.payload matches "(?m)^host"
tcp.payload matches "^host"
tcp.payload matches r"chat$"
tcp.payload matches r"chat\\n$"
tcp.payload matches r"[\\s]ok|hat\\s"
tcp.payload ~ "ok$"
tcp.payload == 63:68:61:74:0a
tcp.payload != "chat\\n"
tcp.payload > "GET"
tcp.payload < "H"
tcp.payload < "zzzzzz"
tcp.payload >= "chat\\t"
tcp contains "GET"
ip contains "GET"
ip matches "hello"
frame contains "Hello"
frame matches "hello"
frame contains 02:00:0a
eth contains "tagged"
ipv6 contains "six"
udp contains "Hello"
udp.srcport == 6000
udp.dstport == 53
udp.port == 7000
udp.port != 7000
udp.port > 6999
udp.stream == 0
udp.stream >= 2
udp.length == 18
udp.length > 20
udp.checksum == 0
udp.checksum.status == 0
udp.checksum.status == 1 and not icmp
udp.checksum.status == 3
udp.checksum.status == 2
udp.payload contains "Hello"
udp.payload matches "^hello"
icmp.type == 8
icmp.type == 3
icmp.code == 1
icmp.code in {1..3}
icmp.checksum.status == 1
icmpv6.type == 128
icmpv6.code == 0
icmpv6.checksum.status == 0
arp.opcode == 1
arp.opcode != 1
arp.src.proto_ipv4 == 10.0.0.1
arp.dst.proto_ipv4 == 10.0.0.0/30
arp.src.hw_mac == 02:00:0a:00:00:01
arp.dst.hw_mac == 00:00:00:00:00:00
tcp or udp and ipv6
tcp and ip or udp and ipv6
not tcp and ip
!tcp.port == 80
!(tcp.port == 80) && ip
! ! udp
not not udp or arp
(tcp or udp) and not (ip.src == 10.0.0.1 or ipv6)
tcp.port==80||udp.port==53
tcp.port>=80&&tcp.port<=90
tcp.port in{80}
icmp or tcp.port == 80 and tcp.flags.syn == 1
icmp && tcp
icmp and ip.checksum.status == 1
icmp and tcp.checksum.status
icmp && udp.port == 7000
ip.src == 10.0.0.1 and icmp
`
  .split("\n")
  .filter((line) => line !== "");
