"""Watches RTP on an interface: when each sender's packets were on the wire, by the kernel's own time stamps.

SRTP leaves the header readable (RFC 3711), so it tells whose irregularity a receiver had to conceal: the sender's, the server's
or its own. Needs CAP_NET_RAW, which root in the namespace has.
"""

import socket
import struct
import threading

ETH_P_IP = 0x0800
SO_TIMESTAMPNS = 35
PACKET_OUTGOING = 4  # <linux/if_packet.h>: loopback shows every packet twice, going out and coming in


class Wire:
    """Collects (instant, source port, destination port, payload type, sequence number, time stamp) of RTP packets."""

    def __init__(self, interface="lo"):
        self.packets = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((interface, ETH_P_IP))
        self.socket.settimeout(0.2)
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while self.running:
            try:
                data, ancillary, _, address = self.socket.recvmsg(80, 64)
            except TimeoutError:
                continue
            if address[2] == PACKET_OUTGOING or len(data) < 40 or data[9] != socket.IPPROTO_UDP:
                continue
            udp = 4 * (data[0] & 15)
            rtp = udp + 8
            # RFC 7983 tells RTP by its first byte, RFC 5761 tells RTCP by its second.
            if len(data) < rtp + 12 or not 128 <= data[rtp] <= 191 or 192 <= data[rtp + 1] <= 223:
                continue
            source, destination = struct.unpack_from("!HH", data, udp)
            sequence, stamp, ssrc = struct.unpack_from("!HII", data, rtp + 2)
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            instant = seconds + nanoseconds / 1e9
            self.packets.append((instant, source, destination, data[rtp + 1] & 127, sequence, stamp, ssrc))

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()

    def flows(self):
        """The packets of each flow in the order of the wire: {(source, destination, payload type, ssrc): [(instant, sequence, stamp)]}."""
        flows = {}
        for instant, source, destination, kind, sequence, stamp, ssrc in self.packets:
            flows.setdefault((source, destination, kind, ssrc), []).append((instant, sequence, stamp))
        return flows


def lateness(packets, rate):
    """How late each packet was against the flow's earliest by its own time stamps, in seconds: 0 for an ideal sender."""
    first = packets[0][2]
    offsets = []
    for instant, _, stamp in packets:
        media = ((stamp - first + (1 << 31)) % (1 << 32) - (1 << 31)) / rate
        offsets.append(instant - media)
    best = min(offsets)
    return [offset - best for offset in offsets]
