"""with_janus.py ADDRESS COMMAND…: runs a command with a Janus server beside it, named by ROOMD_TEST_JANUS.

The exit status is the command's. The room has the number 1234 and the secret `adminpwd`.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import janus

PORT = 8188


def main(address, command):
    with tempfile.TemporaryDirectory(prefix="roomd-janus-") as folder:
        folder = pathlib.Path(folder)
        janus.configure(folder, address, PORT, rooms=[{"id": 1234, "secret": "adminpwd"}])
        server = janus.start(folder, folder / "janus.log", address, PORT)
        environment = dict(os.environ, ROOMD_TEST_JANUS=f"janus+ws://{address}:{PORT}/?room=1234")
        child = subprocess.Popen(command, env=environment)
        # The terminal sends an interrupt to everybody; the command answers it, and we wait for that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            return child.wait()
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: with_janus.py ADDRESS COMMAND…")
    status = main(sys.argv[1], sys.argv[2:])
    sys.exit(status if status >= 0 else 128 - status)
