"""the service has what it needs and no more; the socket refuses those who are in none of its groups"""

import re

ORDER = 3
SHORT = True
FROM = "installed"
LIMIT = 240

# What a kernel or the daemon says when something is denied.
DENIED = re.compile(r"Operation not permitted|Permission denied|status=31/SYS|type=1326|apparmor=\"DENIED\"")


def run(guest, checks):
    report = guest.run("systemd-analyze security --no-pager --threshold=20 roomd.service")
    checks.check("systemd-analyze security is at most 2.0", report.is_good, report.output.strip().splitlines()[-1].strip())
    pid = guest.pid
    checks.check("it runs as its own user", guest.get(f"ps -o user= -p {pid}") == "roomd")
    groups = guest.get(f"ps -o supgrp= -p {pid}")
    checks.check("with the groups of its devices", set(groups.split(",")) >= {"video", "audio", "render"}, groups)
    capabilities = guest.get(f"grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/{pid}/status | cut -f2 | sort -u")
    checks.check("without any capability", capabilities == "0" * 16, capabilities)
    threads = dict(line.rsplit(None, 2)[::2] for line in guest.get(f"ps -L -o comm=,cls=,rtprio= -p {pid}").splitlines())
    checks.check("its audio and media threads run in real time, and no others", {
        name for name, priority in threads.items() if priority != "-"} == {"audio", "media"}, threads)
    owners = guest.get("stat -c '%U %G %a' /run/roomd /run/roomd/control.sock").splitlines()
    checks.check("the socket has its group in the daemon's folder", owners == [
        "roomd roomd 755", "root roomd-control 666"], owners)
    who_may(guest, checks)
    secrets(guest, checks)
    denied = [line for line in guest.journal().splitlines() if DENIED.search(line) and "roomctl" not in line]
    checks.check("nothing that it needs was denied", not denied, denied[:3])


def who_may(guest, checks):
    guest.get("useradd outsider; useradd -G roomd-control tablet; useradd -G roomd-monitor monitor")

    def ask(user, command):
        result = guest.run(f"cd / && runuser -u {user} -- {command}")
        return result.status, result.errors.strip()

    status, why = ask("tablet", "roomctl message show hello --seconds 5")
    checks.check("an operator steers the room", status == 0, why)
    status, why = ask("monitor", "roomctl status")
    checks.check("an observer reads the state", status == 0, why)
    status, why = ask("monitor", "roomctl message show hello")
    checks.check("an observer does not steer it", status == 1, why)
    status, why = ask("outsider", "roomctl status")
    checks.check("everybody else is refused, and told why", status == 1 and "group" in why, why)
    for path in ("/etc/roomd/roomd.toml", "/etc/roomd/secrets", "/var/lib/roomd"):
        reader = "cat" if path.endswith(".toml") else "ls"
        checks.check(f"others cannot read {path}", not guest.run(f"cd / && runuser -u outsider -- {reader} {path}").is_good)


def secrets(guest, checks):
    guest.write("/etc/roomd/secrets/janus-room", "host secret\n", "600")
    service = '[[service]]\nname = "corp"\nurl = "janus+ws://127.0.0.1:8188"\nhost_secret_file = "credential:{}"\n'
    for name, is_there in (("janus-room", True), ("janus-rooms", False)):
        guest.configure(more=service.format(name))
        guest.restart()
        codes = [problem["code"] for problem in guest.state("health.problems")]
        checks.check(
            f"a secret that is {'there' if is_there else 'not there'} is {'found' if is_there else 'missed'}",
            ("service.corp.hostSecret" not in codes) == is_there, codes)
    own = guest.run("cd / && runuser -u roomd -- cat /etc/roomd/secrets/janus-room")
    checks.check("the daemon's user cannot read the file itself", not own.is_good)
