/*
 * The session of the benchmark in C, by hand: one client sends N messages, and the server acknowledges each. Two packets a
 * message into a pcap file, every header written anew and every checksum summed over all of its bytes.
 *
 * usage: session MESSAGES BYTES_A_MESSAGE OUTPUT.pcap
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = 16, ETHERNET = 14, IPV4 = 20, TCP = 20, HEADERS = ETHERNET + IPV4 + TCP, LONGEST_MESSAGE = 65495 };
enum { ACK = 0x10, PSH = 0x08 };

struct side {
	uint8_t mac[6], address[4];
	uint16_t port, identification;
	uint32_t sequence;
};

static void put16(uint8_t *at, uint16_t value) {
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(uint8_t *at, uint32_t value) {
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Adds up words of 32 bits as they lie in memory: the sum of RFC 1071 does not care for the order of bytes. */
static uint64_t add(uint64_t sum, const uint8_t *bytes, size_t length) {
	uint32_t word;
	for (; length >= 4; bytes += 4, length -= 4) {
		memcpy(&word, bytes, 4);
		sum += word;
	}
	if (length > 0) {
		word = 0;
		memcpy(&word, bytes, length);
		sum += word;
	}
	return sum;
}

/* The checksum is stored as it was summed up, in the machine's order. */
static void put_checksum(uint8_t *at, uint64_t sum) {
	while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
	uint16_t checksum = ~sum;
	memcpy(at, &checksum, 2);
}

static size_t write_frame(uint8_t *frame, struct side *from, const struct side *to, uint8_t flags,
                          const uint8_t *message, uint16_t length) {
	uint8_t *ip = frame + ETHERNET, *tcp = ip + IPV4, pseudo[12];
	memcpy(frame, to->mac, 6);
	memcpy(frame + 6, from->mac, 6);
	put16(frame + 12, 0x0800);

	ip[0] = 0x45;
	ip[1] = 0;
	put16(ip + 2, IPV4 + TCP + length);
	put16(ip + 4, from->identification++);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = 6;
	put16(ip + 10, 0);
	memcpy(ip + 12, from->address, 4);
	memcpy(ip + 16, to->address, 4);
	put_checksum(ip + 10, add(0, ip, IPV4));

	put16(tcp, from->port);
	put16(tcp + 2, to->port);
	put32(tcp + 4, from->sequence);
	put32(tcp + 8, to->sequence);
	tcp[12] = 0x50;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	put32(tcp + 16, 0);
	memcpy(tcp + TCP, message, length);
	memcpy(pseudo, ip + 12, 8);
	put16(pseudo + 8, 6);
	put16(pseudo + 10, TCP + length);
	put_checksum(tcp + 16, add(add(0, pseudo, sizeof pseudo), tcp, TCP + length));
	from->sequence += length;
	return HEADERS + length;
}

int main(int count, char **arguments) {
	long messages = count == 4 ? atol(arguments[1]) : 0, size = count == 4 ? atol(arguments[2]) : 0;
	if (messages < 1 || size < 1 || size > LONGEST_MESSAGE) {
		fprintf(stderr, "usage: session MESSAGES BYTES_A_MESSAGE OUTPUT.pcap\n");
		return 2;
	}
	FILE *file = fopen(arguments[3], "wb");
	if (file == NULL) return perror(arguments[3]), 1;
	setvbuf(file, NULL, _IOFBF, 1 << 20);

	const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
	fwrite(header, sizeof header, 1, file);
	static uint8_t record[RECORD + HEADERS + LONGEST_MESSAGE], message[LONGEST_MESSAGE];
	for (long index = 0; index < size; index++) message[index] = 'A' + index % 26;
	struct side client = {{2, 0, 0, 0, 0, 1}, {10, 0, 0, 1}, 49152, 0, 1000};
	struct side server = {{2, 0, 0, 0, 0, 2}, {10, 0, 0, 2}, 80, 0, 2000};

	for (long packet = 0; packet < 2 * messages; packet++) {
		int answers = packet & 1;
		size_t length = answers ? write_frame(record + RECORD, &server, &client, ACK, message, 0)
		                        : write_frame(record + RECORD, &client, &server, PSH | ACK, message, size);
		const uint32_t about[4] = {packet / 1000000, packet % 1000000, length, length};
		memcpy(record, about, sizeof about);
		fwrite(record, RECORD + length, 1, file);
	}
	if (fclose(file) != 0) return perror(arguments[3]), 1;
	return 0;
}
