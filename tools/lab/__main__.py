"""Runs scenarios in the emulated machine; see tools/device-lab."""

import argparse
import importlib
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from lab import call, image_check
from lab.checks import Checks
from lab.guest import Guest
from lab.image import Image, parcel
from lab.machine import Machine

PROJECT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = pathlib.Path(__file__).parent / "scenarios"
CACHE = PROJECT / ".build/lab"
OUT = PROJECT / "out/device-lab"
# From power on until the guest's services run, and for the package's installation. Seconds.
BOOT_LIMIT = 400


def say(text):
    print(f"device-lab: {text}", flush=True)


def scenarios():
    """All, in the order in which they are run: name → module."""
    modules = {
        path.stem: importlib.import_module(f"lab.scenarios.{path.stem}") for path in SCENARIOS.glob("[a-z]*.py")
    }
    return dict(sorted(modules.items(), key=lambda item: (item[1].ORDER, item[0])))


def arguments(known):
    listing = "\n".join(f"  {name:<12}{(module.__doc__ or '').splitlines()[0]}" for name, module in known.items())
    parser = argparse.ArgumentParser(
        prog="tools/device-lab", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs the package in an emulated machine with real drivers and real systemd.",
        epilog=f"scenarios, all of them when none is named; short: those that .ci/run wants\n{listing}")
    parser.add_argument("scenario", nargs="*", help="which ones to run, or: short")
    parser.add_argument("--package", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=50, help="how often each fault of a device is repeated (50)")
    parser.add_argument("--verbose", action="store_true", help="print every check, not only those that fail")
    options = parser.parse_args()
    names = options.scenario or list(known)
    if names == ["short"]:
        names = [name for name, module in known.items() if module.SHORT]
    for name in names:
        if name not in known:
            parser.error(f"there is no scenario {name}; there are {', '.join(known)}, and short")
    return options, names


def newer(package, folder):
    """The same package with a higher version, to upgrade to."""
    tree = pathlib.Path(folder, "newer")
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    lines = [f"{line}+newer" if line.startswith("Version:") else line for line in control.read_text().splitlines()]
    control.write_text("\n".join(lines) + "\n")
    made = pathlib.Path(folder, "newer.deb")
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, made], check=True, stdout=subprocess.DEVNULL)
    return made


def prepare(machine, guest, package):
    """Boots, brings the packages in, and keeps the states from which scenarios begin: `booted` and `installed`."""
    failed = guest.boot(BOOT_LIMIT)
    if failed:
        raise RuntimeError(f"units of the guest have failed before roomd was there: {failed}")
    with tempfile.TemporaryDirectory(prefix="roomd-lab-") as folder:
        disk = pathlib.Path(folder, "parcel.ext4")
        clip = pathlib.Path(folder, "clip.y4m")
        image_check.clip(clip)
        parcel(disk, {"roomd.deb": package, "newer.deb": newer(package, folder), "clip.y4m": clip})
        place = machine.plug(disk)
        guest.until(f"[ -e {place} ]", 30, "the guest sees the disk with the packages")
        guest.get(f"mount -o ro {place} /mnt && mkdir -p /var/tmp/lab && cp /mnt/*.* /var/tmp/lab && sync && umount /mnt", 120)
        machine.unplug()
    machine.save("booted")
    guest.install("/var/tmp/lab/roomd.deb")
    guest.be_strict()
    guest.configure()
    guest.restart()
    machine.save("installed")


def enter(state, guest):
    """Brings the guest into the state from which a scenario begins; `call` is made when the first one wants it."""
    if state == "call" and state not in guest.machine.states:
        guest.restore("installed")
        call.begin(guest)
        guest.machine.save(state)
    guest.restore(state)


def run(name, module, guest, is_talkative):
    """Runs one scenario and prints its line. Returns whether all was good."""
    checks = Checks(is_talkative)
    began = time.monotonic()
    problem = ""
    try:
        enter(module.FROM, guest)
        began = time.monotonic()
        guest.deadline = time.monotonic() + module.LIMIT
        module.run(guest, checks)
    except Exception as error:  # Whatever it is, the others are run.
        problem = f"{type(error).__name__}: {error}"
        if is_talkative:
            traceback.print_exc()
    spent = time.monotonic() - began
    if spent > module.LIMIT:
        problem = problem or f"it took longer than {module.LIMIT} s"
    guest.collect(name)
    is_good = not problem and checks.failures == 0 and checks.found
    good = len(checks.found) - checks.failures
    line = f"{name:<10} {'ok  ' if is_good else 'FAIL'} {good:>3} of {len(checks.found)} checks, {spent:.0f} of {module.LIMIT} s"
    say("; ".join([line, *checks.notes, *([problem] if problem else [])]))
    return is_good


def main():
    # So that the machine goes with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = scenarios()
    options, names = arguments(known)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    began = time.monotonic()
    image = Image(CACHE, options.package)
    image.make(say)
    bad = []
    with tempfile.TemporaryDirectory(prefix="roomd-lab-") as folder:
        machine = Machine(image, folder)
        try:
            guest = Guest(machine.start(), OUT, options.rounds)
            prepare(machine, guest, options.package)
            say(f"the guest is ready after {time.monotonic() - began:.0f} s")
            bad = [name for name in names if not run(name, known[name], guest, options.verbose)]
        except Exception as error:
            say(f"the guest did not get ready: {type(error).__name__}: {error}")
            if machine.process:
                guest.collect("start")
            bad = names
        finally:
            if machine.console.exists():
                shutil.copy(machine.console, OUT / "console.txt")
            machine.stop()
    say(f"{len(names) - len(bad)} of {len(names)} scenarios are good, {time.monotonic() - began:.0f} s; see out/device-lab")
    return 1 if bad else 0


sys.exit(main())
