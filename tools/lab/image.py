"""The guest's disk: Debian 12 with its generic kernel, made once and kept for as long as what goes into it is the same."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SUITE = "bookworm"
SIZE = "4G"

PACKAGES = [
    # A system that boots, and the agent through which the lab works in it.
    "systemd-sysv", "udev", "dbus", "kmod", "initramfs-tools", "linux-image-amd64", "qemu-guest-agent", "procps",
    # What the scenarios need beside the room's own package: network, meetings, and tools for the devices.
    "iproute2", "janus", "alsa-utils", "v4l-utils",
]

# Nothing starts by itself that would take the emulated processor from the room, or listen where scenarios do.
MASKED = [
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer", "systemd-tmpfiles-clean.timer", "getty@tty1.service", "janus.service", "alsa-restore.service",
    "systemd-timesyncd.service",
]

# Only what finds the disk: the kernel unpacks it on each boot, at a tenth of a machine's speed.
SMALL_RAM_DISK = """
    mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
    echo MODULES=list >"$1/etc/initramfs-tools/conf.d/lab"
    printf '%s\\n' virtio_pci virtio_blk ext4 >"$1/usr/share/initramfs-tools/modules.d/lab"
"""

FILES = {
    "etc/hostname": "room\n",
    "etc/hosts": "127.0.0.1 localhost room\n::1 localhost\n",
    "etc/fstab": "/dev/vda / ext4 errors=remount-ro 0 1\n",
    "etc/systemd/journald.conf.d/lab.conf": "[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n",
    # It is slow here; and the journal is for what scenarios are about.
    "etc/systemd/system.conf.d/lab.conf": "[Manager]\nDefaultTimeoutStartSec=300\nShowStatus=no\n",
    "etc/systemd/system/qemu-guest-agent.service.d/lab.conf": "[Service]\nLogLevelMax=warning\n",
}


def capture(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sources():
    """The places from which this machine gets Debian, as lines of a sources.list."""
    lines = []
    for target in capture("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT) $(ORIGIN)",
                          "Created-By: Packages").splitlines():
        fields = target.split()
        if len(fields) == 4 and fields[1].split("-")[0] == SUITE and fields[3] == "Debian":
            line = f"deb {fields[0]} {fields[1]} {fields[2]}"
            if line not in lines:
                lines.append(line)
    if not lines:
        raise RuntimeError(f"expected Debian 12 ({SUITE}) among apt's sources (apt-get indextargets), found none")
    return lines


def transport_options():
    """How this machine's apt reaches them: proxies, certificates."""
    options = []
    for line in capture("apt-config", "dump").splitlines():
        if line.lower().startswith(("acquire::http::", "acquire::https::")) and not line.endswith('"";'):
            options.append(f"--aptopt={line}")
    return options


def dependencies(package):
    """The names of what a .deb depends on: the first of each choice."""
    fields = capture("dpkg-deb", "--field", str(package), "Pre-Depends", "Depends")
    names = []
    for line in fields.splitlines():
        for choice in line.partition(":")[2].split(","):
            name = choice.split("|")[0].split("(")[0].strip().split(":")[0]
            if name and name not in names:
                names.append(name)
    return names


def file_system(path, folder, size):
    """A disk with what is in a folder; nothing needs to be mounted for it."""
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", folder, path, size], check=True, stdout=subprocess.DEVNULL)


class Image:
    """A disk image, a kernel and an initial RAM disk in a folder of the cache."""

    def __init__(self, cache, package):
        self.include = [*PACKAGES, *(name for name in dependencies(package) if name not in PACKAGES)]
        what = [SUITE, SIZE, sorted(self.include), MASKED, FILES, SMALL_RAM_DISK, sources()]
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
        self.cache = pathlib.Path(cache)
        self.folder = self.cache / f"guest-{digest}"
        self.disk = self.folder / "disk.ext4"
        self.kernel = self.folder / "vmlinuz"
        self.initrd = self.folder / "initrd.img"

    def make(self, say):
        """Builds it unless it is there; others, of which the inputs have changed, are removed."""
        if self.folder.exists():
            return
        began = time.monotonic()
        say("building the guest (Debian 12 with its generic kernel)")
        if os.geteuid() != 0:
            raise RuntimeError("building the guest needs root (mmdebstrap); with the guest in the cache the lab does not")
        self.cache.mkdir(parents=True, exist_ok=True)
        for old in self.cache.glob("guest-*"):
            shutil.rmtree(old, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self.cache, prefix="build-") as place:
            root = pathlib.Path(place, "root")
            self._bootstrap(root, pathlib.Path(place, "log"))
            made = pathlib.Path(place, "made")
            made.mkdir()
            shutil.copy(next(root.glob("boot/vmlinuz-*")), made / "vmlinuz")
            shutil.copy(next(root.glob("boot/initrd.img-*")), made / "initrd.img")
            self._populate(root)
            file_system(made / "disk.ext4", root, SIZE)
            made.rename(self.folder)
        say(f"built the guest in {time.monotonic() - began:.0f} s")

    def _bootstrap(self, root, log):
        command = [
            "mmdebstrap", "--variant=minbase", "--mode=root", "--format=directory", f"--include={','.join(self.include)}",
            "--dpkgopt=path-exclude=/usr/share/locale/*", f"--setup-hook={SMALL_RAM_DISK}", *transport_options(),
            SUITE, str(root), *sources(),
        ]
        with open(log, "w+") as output:
            result = subprocess.run(command, stdout=output, stderr=output)
            if result.returncode != 0:
                output.seek(0)
                raise RuntimeError("mmdebstrap failed:\n" + "".join(output.readlines()[-20:]))

    @staticmethod
    def _populate(root):
        for name, text in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for unit in MASKED:
            link = root / "etc/systemd/system" / unit
            link.unlink(missing_ok=True)
            link.symlink_to("/dev/null")
        # A machine of its own each time it is made.
        (root / "etc/machine-id").write_text("")
        for folder in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / folder, ignore_errors=True)
            (root / folder).mkdir(parents=True)


def parcel(path, files):
    """A small read-only disk with files for the guest: name → path here."""
    with tempfile.TemporaryDirectory(prefix="roomd-parcel-") as folder:
        for name, source in files.items():
            shutil.copy(source, pathlib.Path(folder, name))
        pathlib.Path(path).unlink(missing_ok=True)
        file_system(path, folder, "512M")
