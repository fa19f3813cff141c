/** Ports as packet lists write them: by their numbers, or by what Wireshark calls them. */
import { parsePort } from "../end-points.ts";

/** What Wireshark calls ports when it is told to resolve them: names of IANA's register that are met most. */
const NAMES: ReadonlyMap<string, number> = new Map(
  (
    "ftp-data 20,ftp 21,ssh 22,telnet 23,smtp 25,time 37,whois 43,nicname 43,domain 53,bootps 67,bootpc 68,tftp 69," +
    "gopher 70,finger 79,http 80,kerberos 88,pop3 110,sunrpc 111,auth 113,nntp 119,ntp 123,epmap 135,netbios-ns 137," +
    "netbios-dgm 138,netbios-ssn 139,imap 143,snmp 161,snmptrap 162,bgp 179,irc 194,ldap 389,https 443," +
    "microsoft-ds 445,smtps 465,submissions 465,isakmp 500,syslog 514,printer 515,submission 587,ipp 631,ldaps 636," +
    "rsync 873,imaps 993,pop3s 995,socks 1080,openvpn 1194,ms-sql-s 1433,ncube-lm 1521,radius 1812,mqtt 1883," +
    "ssdp 1900,nfs 2049,mysql 3306,ms-wbt-server 3389,stun 3478,ipsec-nat-t 4500,sip 5060,sips 5061,xmpp-client 5222," +
    "mdns 5353,llmnr 5355,postgresql 5432,amqp 5672,wsman 5985,redis 6379,ircd 6667,http-alt 8080,pcsync-https 8443," +
    "secure-mqtt 8883,sunproxyadmin 8081,cslistener 9000,websm 9090,distinct 9999,italk 12345"
  )
    .split(",")
    .map((entry) => {
      const [name, port] = entry.split(" ");
      return [name!, Number(port)] as const;
    }),
);

/** Ports that only Wireshark's file of services knows get one each, from those that nobody has registered. */
const FIRST_UNKNOWN = 40_000;
const MOST_UNKNOWN = 9000;

/** Ports as they are written: `80`, and by their names `http` or `http(80)`. */
export class PortNames {
  readonly #unknown = new Map<string, number>();

  /** @returns undefined for what can be neither a port nor the name of one */
  portOf(text: string): number | undefined {
    const port = parsePort(/\((\d{1,5})\)$/.exec(text)?.[1] ?? text);
    if (port !== undefined) return port;
    const name = text.toLowerCase();
    return NAMES.get(name) ?? (/^[a-z0-9][a-z0-9_.+*/-]*$/.test(name) ? this.#unknownPort(name) : undefined);
  }

  #unknownPort(name: string): number | undefined {
    const known = this.#unknown.get(name);
    if (known !== undefined || this.#unknown.size === MOST_UNKNOWN) return known;
    const port = FIRST_UNKNOWN + this.#unknown.size;
    this.#unknown.set(name, port);
    return port;
  }
}
