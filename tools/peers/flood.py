"""Clients of a local socket for tools/bench control, each kind in a process of its own. Every answer is one line.

Usage: flood.py flood SOCKET --rate N --seconds S     a flood of requests, followers up to the limit, one who never reads; at nice 10
       flood.py probe SOCKET --clients N --seconds S  ordinary clients whose answers are timed
       flood.py peak SOCKET --what KIND --window N --seconds S   N requests open all the time, of roomd or of redis-server

Writes "ready" when everybody is connected, begins at a line on standard input, ends by itself; then one JSON line with what was counted.
"""

import argparse
import collections
import json
import os
import random
import select
import socket
import sys
import time

SEED = 7
NICE = 10  # the flood must not take a core from the daemon that it measures
TICK = 0.005
DRAIN = 0.25  # how often a follower reads all that has come
BACKLOG = 1 << 18  # bytes of requests that wait to be written; more are due than that only when the daemon does not read
SUBSCRIPTIONS = 32  # of either kind, as many as a connection may have


def request(number, method, parameters=None):
    members = {"jsonrpc": "2.0", "id": number, "method": method}
    if parameters is not None:
        members["params"] = parameters
    return json.dumps(members, separators=(",", ":")).encode() + b"\n"


def mix():
    """A thousand requests of the flood, their order drawn by lot once."""
    some = [("system.info", None)] * 600 + [("state.get", {"path": "speaker.volume"})] * 250
    some += [("state.get", {"path": "meeting.participants"})] * 50 + [("state.get", None)] * 48
    some += [("speaker.set", {"volume": volume % 100}) for volume in range(50)] + [("statistics.get", None)] * 2
    random.Random(SEED).shuffle(some)
    return [request(number, method, parameters) for number, (method, parameters) in enumerate(some)]


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    return connection


def ask(connection, text):
    """Sends one request and reads its answer, on a connection with nothing else under way. None when the daemon hung up."""
    connection.settimeout(10)
    answer = b""
    try:
        connection.sendall(text)
        while not answer.endswith(b"\n"):
            piece = connection.recv(1 << 20)
            if not piece:
                break
            answer += piece
    except (BrokenPipeError, ConnectionResetError):
        pass
    # Notifications may stand behind the answer.
    return json.loads(answer.split(b"\n", 1)[0]) if answer else None


class Flood:
    """Requests at a rate, whatever the daemon does: what it does not take waits here, and is due all the same."""

    def __init__(self, path, rate):
        self.connection = connect(path)
        self.connection.setblocking(False)
        self.rate = rate
        lines = mix()
        self.block = b"".join(lines)
        self.ends = [0]
        for line in lines:
            self.ends.append(self.ends[-1] + len(line))
        self.offered = self.answered = self.errors = self.cancelled = self.bytes = 0
        self.waiting = memoryview(b"")
        self.blocked = 0.0
        self.open = collections.deque()  # (how many had been due at a tick, its instant), until they are answered
        self.waits = []
        self.buffer = bytearray(1 << 20)

    def step(self, elapsed, passed):
        self.open.append((int(elapsed * self.rate), time.monotonic()))
        if self.waiting:
            self.blocked += passed
        due = int(elapsed * self.rate) - self.offered
        if due > 0 and len(self.waiting) < BACKLOG:
            pieces = [bytes(self.waiting)]
            while due > 0:
                first = self.offered % 1000
                last = min(first + due, 1000)
                pieces.append(self.block[self.ends[first] : self.ends[last]])
                self.offered += last - first
                due -= last - first
            self.waiting = memoryview(b"".join(pieces))
        self.write()

    def write(self):
        try:
            while self.waiting:
                self.waiting = self.waiting[self.connection.send(self.waiting) :]
        except BlockingIOError:
            pass

    def read(self):
        try:
            while count := self.connection.recv_into(self.buffer):
                text = self.buffer[:count]
                self.bytes += count
                self.answered += text.count(b"\n")
                # An answer's members are in the order of the alphabet; a result may hold the word, but never so.
                self.errors += text.count(b'{"error":{"code"')
                # A volume that a later one made void before it was done.
                self.cancelled += text.count(b'"data":{"reason":"cancelled"}')
                while self.open and self.open[0][0] <= self.answered:
                    self.waits.append(time.monotonic() - self.open.popleft()[1])
                if count < len(self.buffer):
                    return
            raise ConnectionError("the daemon closed the connection of the flood")
        except BlockingIOError:
            pass


class Deaf:
    """Subscribes to everything as often as is allowed, asks for the whole state again and again, and never reads. Cut off, it comes back."""

    def __init__(self, path):
        self.path = path
        self.cut = 0
        self.connection = None

    def step(self):
        try:
            if self.connection is None:
                self.connection = connect(self.path)
                self.connection.setblocking(False)
                subscriptions = [request(1, "state.subscribe", {}), request(2, "events.subscribe", {})] * SUBSCRIPTIONS
                self.connection.send(b"".join(subscriptions))
            self.connection.send(request(3, "state.get"))
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.connection.close()
            self.connection = None
            self.cut += 1


def followers(path):
    """Connects clients that follow state and events until the daemon takes no more. Returns them and its words."""
    taken = []
    while len(taken) < 2000:
        connection = connect(path)
        answer = ask(connection, request(1, "state.subscribe", {}))
        if answer is None or "error" in answer:
            closed = answer is None or connection.recv(1) == b""
            connection.close()
            return taken, {"answer": answer and answer["error"], "closed": closed}
        connection.sendall(request(2, "events.subscribe", {}))
        connection.setblocking(False)
        taken.append(connection)
    return taken, None


def begin():
    print("ready", flush=True)
    sys.stdin.readline()
    return time.monotonic()


def flood(options):
    os.nice(NICE)
    main, deaf = Flood(options.socket, options.rate), Deaf(options.socket)
    deaf.step()
    crowd, limit = followers(options.socket)
    heard = lost = 0
    poll = select.epoll()
    poll.register(main.connection, select.EPOLLIN)
    sink = bytearray(1 << 20)
    start = begin()
    used = time.process_time()
    now, drain, whose = start, start, 0
    while now < start + options.seconds:
        if poll.poll(max(0.0, now + TICK - time.monotonic())):
            main.read()
            main.write()
        before, current = now, time.monotonic()
        if current < before + TICK:
            continue
        now = current
        main.step(now - start, now - before)
        deaf.step()
        # Each in its turn, so that all have read once in DRAIN seconds.
        turn = min(len(crowd), int((now - drain) / DRAIN * len(crowd)))
        for _ in range(turn):
            whose = (whose + 1) % len(crowd)
            if crowd[whose] is None:
                continue
            try:
                count = crowd[whose].recv_into(sink)
                heard += count
                if count == 0:
                    crowd[whose] = None
                    lost += 1
            except BlockingIOError:
                pass
            except ConnectionResetError:
                crowd[whose] = None
                lost += 1
        if turn:
            drain = now
    seconds = now - start
    waits = sorted(main.waits) or [seconds]
    return {
        "seconds": seconds, "offered": main.offered, "answered": main.answered, "errors": main.errors - main.cancelled,
        "cancelled": main.cancelled, "bytes": main.bytes,
        "cpu": (time.process_time() - used) / seconds, "blocked": main.blocked / seconds,
        "ticks": len(waits), "median": waits[len(waits) // 2], "p99": waits[len(waits) * 99 // 100], "longest": waits[-1],
        "followers": len(crowd), "followersLost": lost, "followersBytes": heard, "deafCut": deaf.cut, "limit": limit,
    }


def in_real_time():
    """What is timed is the daemon, not when this process gets a core. False where it is not permitted."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        return True
    except PermissionError:
        return False


def probe(options):
    """Each client sends at its own times, whether it has been answered or not; so a slow answer hides no other."""
    methods = [
        ("system.info", None), ("state.get", {"path": "meeting"}), ("participants.list", None), ("speaker.set", {"volume": 40}),
        ("state.get", {"path": "microphone.enabled"}), ("system.info", None), ("devices.list", None), ("statistics.get", None),
    ]
    is_real_time = in_real_time()
    clients = [connect(options.socket) for _ in range(options.clients)]
    poll = select.epoll()
    for client in clients:
        client.setblocking(False)
        poll.register(client, select.EPOLLIN)
    by_file = {client.fileno(): index for index, client in enumerate(clients)}
    rest = [b""] * len(clients)
    start = begin()
    times = [start + index * options.interval / len(clients) for index in range(len(clients))]
    sent, results, number, errors, cancelled = {}, {}, 0, 0, 0
    end = start + options.seconds
    while time.monotonic() < end + 2.0:
        now = time.monotonic()
        for index, client in enumerate(clients):
            while times[index] <= now and times[index] < end:
                times[index] += options.interval
                method, parameters = methods[(number // len(clients) + index) % len(methods)]
                number += 1
                sent[number] = (method, time.monotonic())
                client.send(request(number, method, parameters))
        if not sent and min(times) >= end:
            break
        wait = max(0.0, min(min(times), end + 2.0) - time.monotonic())
        for file, _ in poll.poll(wait):
            index = by_file[file]
            data = clients[index].recv(1 << 20)
            arrived = time.monotonic()
            if not data:
                raise ConnectionError("the daemon closed the connection of an ordinary client")
            lines = (rest[index] + data).split(b"\n")
            rest[index] = lines.pop()
            for line in lines:
                answer = json.loads(line)
                method, at = sent.pop(answer["id"])
                results.setdefault(method, []).append(arrived - at)
                is_cancelled = answer.get("error", {}).get("data", {}).get("reason") == "cancelled"
                cancelled += is_cancelled
                errors += "error" in answer and not is_cancelled
    return {"latencies": results, "unanswered": len(sent), "errors": errors, "cancelled": cancelled, "realTime": is_real_time}


PEAKS = {
    "redis": b"PING\r\n",
    "system.info": request(1, "system.info"),
    "state.get": request(1, "state.get", {"path": "speaker.volume"}),
}


def peak(options):
    connection = connect(options.socket)
    text = PEAKS[options.what]
    buffer = bytearray(1 << 20)
    batch = text * options.window
    start = begin()
    used = time.process_time()
    connection.sendall(batch)
    answered, end, times = 0, start + options.seconds, []
    before = time.monotonic()
    while (now := time.monotonic()) < end:
        count = connection.recv_into(buffer)
        fresh = buffer.count(b"\n", 0, count)
        answered += fresh
        if options.window == 1 and fresh:
            after = time.monotonic()
            times.append(after - before)
            before = after
        if count == 0:
            raise ConnectionError("the server closed the connection")
        connection.sendall(batch[: fresh * len(text)])
    seconds = now - start
    return {
        "rate": answered / seconds, "answered": answered, "seconds": seconds, "cpu": (time.process_time() - used) / seconds,
        "roundTrips": sorted(times)[:: max(1, len(times) // 1000)],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["flood", "probe", "peak"])
    parser.add_argument("socket")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--interval", type=float, default=0.1, help="seconds between two requests of one ordinary client")
    parser.add_argument("--what", choices=sorted(PEAKS), default="system.info")
    parser.add_argument("--window", type=int, default=64)
    options = parser.parse_args()
    print(json.dumps({"flood": flood, "probe": probe, "peak": peak}[options.kind](options)), flush=True)


if __name__ == "__main__":
    main()
