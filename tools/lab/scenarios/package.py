"""install, upgrade, downgrade, remove and purge the package: each leaves what it should"""

ORDER = 2
SHORT = True
FROM = "booted"
LIMIT = 480

# What may be on a machine that never had roomd.
LEFT = """
    find / -xdev \\( -path /var/tmp -o -path /proc -o -path /sys -o -path /var/log \\) -prune -o -name '*roomd*' -print
    getent passwd roomd; getent group roomd roomd-control roomd-monitor
    systemctl list-units --all --plain --no-legend 'roomd*'
    ls -d /run/roomd /run/systemd/system/roomd* 2>/dev/null
    ss -xlH | grep roomd
    true
"""
CHANGED = "# changed by the administrator"


def run(guest, checks):
    checks.check("the guest has nothing of roomd yet", guest.get(LEFT) == "", guest.get(LEFT))

    guest.install("/var/tmp/lab/roomd.deb")
    works(guest, checks, "installed")
    checks.check("enabled", guest.get("systemctl is-enabled roomd.service roomd.socket").split() == ["enabled"] * 2)
    access = guest.get("stat -c '%a %U %G' /etc/roomd/roomd.toml /etc/roomd/secrets /var/lib/roomd")
    checks.check("the configuration and the secrets are not for everybody", access.splitlines()[:2] == [
        "640 root roomd", "700 root root"], access)
    checks.check("the state is the daemon's own", access.splitlines()[2] == "750 roomd roomd", access)
    problems = guest.run("roomd --check-config /etc/roomd/roomd.toml").output
    checks.check("the configuration that comes with it has no errors", problems.splitlines()[-1:] == ["ok"], problems)
    pages = guest.run("cd /usr/share/man && ls man8/roomd.8.gz man1/roomctl.1.gz man5/roomd.toml.5.gz")
    checks.check("the manual is there", pages.is_good, pages.errors)
    missing = guest.run("ldd /usr/sbin/roomd /usr/bin/roomctl | grep 'not found'").output
    checks.check("the libraries that it needs came with its dependencies", missing == "", missing)

    guest.configure(more=f"\n{CHANGED}\n")
    guest.restart()
    for what, package, version in (("upgraded", "newer", "+newer"), ("downgraded", "roomd", "")):
        before = guest.pid
        guest.install(f"/var/tmp/lab/{package}.deb")
        works(guest, checks, what)
        installed = guest.get("dpkg-query -W -f '${Version}' roomd")
        checks.check(f"{what}: the version", installed.endswith(version) and bool(version) == ("+" in installed), installed)
        checks.check(f"{what}: the new program runs", guest.pid != before)
        kept = guest.get("tail -n 1 /etc/roomd/roomd.toml; stat -c '%a %U %G' /etc/roomd/roomd.toml")
        checks.check(f"{what}: the configuration is the administrator's", kept == f"{CHANGED}\n640 root roomd", kept)

    guest.get("dpkg --remove roomd 2>&1", 120)
    gone = guest.run("systemctl is-active roomd.service roomd.socket; pgrep -x roomd; command -v roomd").output
    checks.check("removed: nothing of it runs", gone.split() == ["inactive", "inactive"], gone)
    kept = guest.run("test -e /etc/roomd/roomd.toml && test -d /var/lib/roomd")
    checks.check("removed: configuration and state are kept", kept.is_good)
    guest.install("/var/tmp/lab/roomd.deb")
    works(guest, checks, "installed again")

    guest.write("/etc/roomd/secrets/janus", "secret")
    guest.get("dpkg --purge roomd 2>&1", 120)
    left = guest.get(LEFT)
    checks.check("purged: nothing is left", left == "", left)


def works(guest, checks, what):
    try:
        took = guest.wait_for_room(60)
        checks.check(f"{what}: the service answers", guest.show("ActiveState") == "active", f"after {took:.1f} s")
    except Exception as error:
        checks.check(f"{what}: the service answers", False, error)
        raise
