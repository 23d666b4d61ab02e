"""with_janus.py ADDRESS COMMAND…: runs a command with a Janus and a TURN server beside it.

The exit status is the command's. ROOMD_TEST_JANUS names a server whose room has the number 1234 and the secret `adminpwd`. A second server, named by
ROOMD_TEST_JANUS_STRICT, wants the API secret `apipwd`, calls its room `boardroom` by text and is to be talked to by TLS with
a certificate that the file of ROOMD_TEST_JANUS_CA vouches for. ROOMD_TEST_TURN is address and port of a coturn with the user
`room`, the password `secret` and the realm `example.org`, for UDP and TCP; ROOMD_TEST_TURN_TLS is its address and port for TLS, as
`turn.example.org`, for which the file of ROOMD_TEST_TURN_CA vouches (its key lies beside it, in key.pem).
"""

import contextlib
import datetime
import ipaddress
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import janus

PORT, STRICT_PORT, TURN_PORT, TURN_TLS_PORT = 8188, 8190, 3478, 5349


def certify(folder, host):
    """Makes a certificate for an address or a name, signed by itself. Returns (certificate file, key file)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Server under test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    try:
        subject = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    certificate = builder.add_extension(x509.SubjectAlternativeName([subject]), False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(private)
    return folder / "certificate.pem", folder / "key.pem"


def turn(folder, address):
    """Starts coturn. Returns when it listens."""
    folder.mkdir()
    certificate, key = certify(folder, "turn.example.org")
    settings = [
        f"listening-ip={address}", f"relay-ip={address}", f"listening-port={TURN_PORT}", f"tls-listening-port={TURN_TLS_PORT}",
        f"cert={certificate}", f"pkey={key}", "user=room:secret", "realm=example.org", "lt-cred-mech", "fingerprint",
        "allow-loopback-peers", "no-cli", "cli-password=x", "no-dtls", "log-file=stdout", f"pidfile={folder}/turn.pid",
        f"userdb={folder}/turn.db",
    ]
    (folder / "turn.conf").write_text("\n".join(settings) + "\n")
    with open(folder / "turn.log", "wb") as log:
        server = subprocess.Popen(["turnserver", "-c", str(folder / "turn.conf")], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    until = time.monotonic() + 10
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((address, TURN_TLS_PORT)) == 0:
                return server
        time.sleep(0.05)
    server.kill()
    raise RuntimeError("coturn did not start: " + (folder / "turn.log").read_text(errors="replace")[-500:])


def end(server):
    server.terminate()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main(address, command):
    with tempfile.TemporaryDirectory(prefix="roomd-janus-") as folder, contextlib.ExitStack() as servers:
        folder, strict, relay = (pathlib.Path(folder) / name for name in ("plain", "strict", "relay"))
        janus.configure(folder, address, PORT, rooms=[{"id": 1234, "secret": "adminpwd"}])
        servers.callback(end, janus.start(folder, folder / "janus.log", address, PORT))
        strict.mkdir()
        pair = certify(strict, address)
        rooms = [{"id": "boardroom", "secret": "adminpwd"}]
        janus.configure(strict, address, STRICT_PORT, rooms, "apipwd", pair, string_ids=True)
        servers.callback(end, janus.start(strict, strict / "janus.log", address, STRICT_PORT + 1))
        servers.callback(end, turn(relay, address))
        environment = dict(
            os.environ, ROOMD_TEST_TURN=f"{address}:{TURN_PORT}", ROOMD_TEST_TURN_TLS=f"{address}:{TURN_TLS_PORT}",
            ROOMD_TEST_TURN_CA=str(relay / "certificate.pem"), ROOMD_TEST_JANUS=f"janus+ws://{address}:{PORT}/?room=1234",
            ROOMD_TEST_JANUS_STRICT=f"janus+wss://{address}:{STRICT_PORT + 1}/?room=boardroom",
            ROOMD_TEST_JANUS_CA=str(pair[0]),
        )
        child = subprocess.Popen(command, env=environment)
        # The terminal sends an interrupt to everybody; the command answers it, and we wait for that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: with_janus.py ADDRESS COMMAND…")
    status = main(sys.argv[1], sys.argv[2:])
    sys.exit(status if status >= 0 else 128 - status)
