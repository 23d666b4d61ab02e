"""The metrics are what Prometheus's own client library reads, on the socket and by TCP; they agree with `statistics.get`; nothing tells who meets whom.

What is malformed, slow or too much is refused, and the next scrape is served.
"""

import asyncio
import contextlib
import re
import socket
import time
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from acceptance.scenario import main, url
from room import PROJECT

LISTEN = ("127.0.0.1", 9464)
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: room\r\nConnection: close\r\n\r\n"
NAME = "Anna the guest"
STAGES = {"capture", "encode", "send", "receive", "jitter", "decode", "compose", "flip"}


def exchange(request, place, timeout=15):
    family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(timeout)
        client.connect(place)
        received = b""
        with contextlib.suppress(ConnectionError):
            client.sendall(request)
            while chunk := client.recv(65536):
                received += chunk
    return received


def scrape(place):
    head, _, body = exchange(REQUEST, place).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or b"text/plain; version=0.0.4" not in head:
        raise AssertionError(f"no metrics: {head[:200]}")
    return body.decode()


def families(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(found, name, **labels):
    family = found.get(name.removesuffix("_total"), None)
    for sample in family.samples if family else ():
        if sample.name == name and all(sample.labels.get(key) == wanted for key, wanted in labels.items()):
            return sample.value
    return None


def histograms(report, found):
    family, broken, counts = found["roomd_stage_duration_seconds"], [], {}
    series = {}
    for sample in family.samples:
        key = (sample.labels["stage"], sample.labels["kind"])
        if sample.name.endswith("_bucket"):
            series.setdefault(key, []).append((float(sample.labels["le"]), sample.value))
        elif sample.name.endswith("_count"):
            counts[key] = sample.value
    for key, buckets in series.items():
        values = [count for _, count in sorted(buckets)]
        if values != sorted(values) or sorted(buckets)[-1] != (float("inf"), counts[key]):
            broken.append(key)
    report.check("buckets are cumulative and end in all", not broken, str(broken))
    silent = STAGES - {stage for (stage, _), count in counts.items() if count > 0}
    report.check("every stage was timed in a call", not silent, ", ".join(sorted(silent)))
    report.check("sound was timed too", counts.get(("send", "audio"), 0) > 0 and counts.get(("jitter", "audio"), 0) > 0)


def documented(report, found):
    names = set(re.findall(r"`((?:roomd|process)_\w+)`", (PROJECT / "Docs/control-api.md").read_text()))
    have = {family.name + ("_total" if family.type == "counter" else "") for family in found.values()}
    report.check("every metric is documented", have <= names, ", ".join(sorted(have - names)))


async def hostile(report, place):
    answers = await asyncio.gather(*(
        asyncio.to_thread(exchange, request, place) for request in (
            b"\x00\x01\x02\r\n\r\n", b"GET /metrics SMTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 1_000_000,
        )
    ))
    found = [answer[9:12].decode() for answer in answers]
    report.check("malformed and unknown requests are refused", found[:4] == ["400", "400", "404", "405"] and found[4] != "200", str(found))
    idle = []
    try:
        for _ in range(200):
            client = socket.socket(socket.AF_UNIX)
            client.connect(place)
            idle.append(client)
        await asyncio.sleep(11)
    finally:
        for client in idle:
            client.close()
    report.check("200 silent connections do not keep the next from its metrics", families(await asyncio.to_thread(scrape, place)) != {})


async def play(scenario):
    report = scenario.report
    place = str(scenario.work / "metrics.sock")
    scenario.janus({"id": 1234})
    room, control = await scenario.room(
        metrics={"socket": place, "listen": "%s:%d" % LISTEN}, devices={"speaker": f"file:{scenario.out}/heard.wav"}
    )
    idle = families(await asyncio.to_thread(scrape, place))
    report.check("outside meetings there are metrics too", value(idle, "roomd_meeting_state", state="none") == 1)
    guest = await scenario.guest(NAME, 1234, audio=scenario.speech())
    await control.call("meeting.join", {"url": url(1234)})
    await guest.event("first-frame", 20)
    await asyncio.sleep(5)
    text = await asyncio.to_thread(scrape, place)
    (scenario.out / "metrics.txt").write_text(text)
    found, statistics = families(text), await control.call("statistics.get")
    report.check("in a meeting the state says so", value(found, "roomd_meeting_state", state="joined") == 1)
    documented(report, found)
    histograms(report, found)
    stages = {stage: one["count"] for stage, one in statistics["stages"].items()}
    report.check("statistics.get has the same stages", set(stages) == STAGES | {"audioSend", "audioJitter"}, str(stages))
    sent = next(one for one in statistics["outbound"] if one["kind"] == "video")
    counted = value(found, "roomd_stream_packets_total", direction="outbound", kind="video")
    report.check("counters agree with statistics.get", counted is not None and 0 < counted <= sent["packets"] < 2 * counted, f"{counted}")
    # The camera's loses pictures on purpose where the encoder lags.
    full = {
        name: one for name, one in statistics["buffers"].items() if one["depth"] > one["capacity"] or one["dropped"] and name != "camera"
    }
    report.check("no buffer is over its bound, or lost anything", not full, str(full))
    report.check("nothing tells who meets whom", NAME not in text and "1234" not in re.sub(r" \S+$", "", text, flags=re.M))
    other = await asyncio.to_thread(lambda: urllib.request.urlopen("http://%s:%d/metrics" % LISTEN, timeout=10).read().decode())
    report.check("on the loopback address there are the same", set(families(other)) == set(found))
    began = time.monotonic()
    for _ in range(200):
        await asyncio.to_thread(scrape, place)
    report.note(f"200 scrapes one after the other took {time.monotonic() - began:.2f} s")
    await hostile(report, place)
    await control.call("meeting.leave")
    after = families(await asyncio.to_thread(scrape, place))
    left = value(after, "roomd_stream_packets_total", direction="outbound", kind="video")
    report.check("counters outlive the meeting", left is not None and left >= counted, f"{counted} → {left}")
    room.stop()
    report.check("the socket goes with the daemon", not (scenario.work / "metrics.sock").exists())


if __name__ == "__main__":
    main("metrics", "metrics for Prometheus", play)
