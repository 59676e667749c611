"""Questions and answers as DNS writes them. Loaded when the first question comes.

Models: github.com/coredns/coredns/plugin/backend_lookup.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnslib import AAAA, CNAME, NS, PTR, QTYPE, RCODE, RR, SOA, SRV, TXT, A, DNSError, DNSRecord

from kubetutor.embedded.network.names.zone import DOMAIN, NOTHING

if TYPE_CHECKING:
    from kubetutor.embedded.network.names.zone import Answer, Record, Zone

TTL = 30
PLAIN_SIZE, LARGEST = 512, 4096  # bytes of an answer over UDP: without EDNS, and at most
REFRESH, RETRY, EXPIRE = 7200, 1800, 86400
WRITERS = {"A": A, "AAAA": AAAA, "CNAME": CNAME, "NS": NS, "PTR": PTR, "TXT": TXT}


class Question:
    """A question that came in; None from `read` if it is none."""

    def __init__(self, message: DNSRecord) -> None:
        self._message = message
        self.name = str(message.q.qname).rstrip(".").lower()
        self.kind: str = QTYPE.get(message.q.qtype, "unknown")

    @classmethod
    def read(cls, data: bytes) -> Question | None:
        try:
            message = DNSRecord.parse(data)
        except DNSError:
            return None
        return cls(message) if message.questions and not message.header.qr else None

    def answer(self, answer: Answer, serial: int, *, resolved: bytes = b"") -> DNSRecord:
        """Write an answer of ours. `resolved` is what others answered about the name that an alias stands for."""
        reply = self._message.reply(ra=1, aa=1)
        reply.header.ad = reply.header.cd = 0
        for record in answer.records:
            reply.add_answer(_written(record))
        for record in answer.extra:
            reply.add_ar(_written(record))
        if resolved:
            for entry in DNSRecord.parse(resolved).rr:
                reply.add_answer(entry)
        if not answer.records:
            reply.header.rcode = RCODE.NOERROR if answer.exists else RCODE.NXDOMAIN
            reply.add_auth(_start_of_authority(serial))
        return reply

    def failed(self) -> DNSRecord:
        reply = self._message.reply(ra=1, aa=0)
        reply.header.rcode = RCODE.SERVFAIL
        return reply

    def ask_for(self, name: str) -> bytes:
        """Write the same question about another name."""
        return bytes(DNSRecord.question(name, self.kind).pack())

    def fitting(self, reply: DNSRecord) -> bytes:
        """Write it for UDP: truncated, if it is longer than the client takes."""
        size = max(
            (entry.edns_len for entry in self._message.ar if entry.rtype == QTYPE.OPT), default=PLAIN_SIZE
        )
        data = bytes(reply.pack())
        return data if len(data) <= min(max(size, PLAIN_SIZE), LARGEST) else bytes(reply.truncate().pack())


def answer_of(question: Question, zone: Zone) -> Answer:
    return zone.answer(question.name, question.kind) if zone.knows(question.name) else NOTHING


def _written(record: Record) -> RR:
    if record.type == "SRV":
        data = SRV(0, record.weight, record.port, record.value)
    else:
        data = WRITERS[record.type](record.value)
    return RR(record.name, getattr(QTYPE, record.type), rdata=data, ttl=TTL)


def _start_of_authority(serial: int) -> RR:
    times = (serial, REFRESH, RETRY, EXPIRE, TTL)
    return RR(DOMAIN, QTYPE.SOA, rdata=SOA(f"ns.dns.{DOMAIN}", f"hostmaster.{DOMAIN}", times), ttl=TTL)
