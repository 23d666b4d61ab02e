"""A Janus server of one's own, and a small VideoRoom client for guests that are not roomd."""

import asyncio
import glob
import json
import os
import pathlib
import random
import string
import subprocess
import time

import aiohttp

# /usr/lib/<multiarch triplet>/janus/plugins
PLUGINS = next(glob.iglob("/usr/lib/*/janus/plugins"), "/usr/lib/janus/plugins")


def configure(folder, address, port=8188, rooms=(), api_secret=None, certificate=None, string_ids=False):
    """Writes a complete Janus configuration into `folder`: WebSockets and VideoRoom only, everything at `address`.

    rooms: dictionaries with `id` and optionally pin, secret, publishers, bitrate, description, rec_dir.
    certificate: (certificate file, key file) for wss on port + 1.
    string_ids: rooms and participants are called by text.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    secret = f'api_secret = "{api_secret}"' if api_secret else ""
    (folder / "janus.jcfg").write_text(
        f"""general: {{
    configs_folder = "{folder}"
    plugins_folder = "{PLUGINS}"
    transports_folder = "{PLUGINS.replace('plugins', 'transports')}"
    debug_level = 4
    {secret}
}}
nat: {{ ice_enforce_list = "{address}" }}
media: {{ ipv6 = false }}
plugins: {{ disable = "{','.join(p for p in sorted(os.listdir(PLUGINS)) if p.endswith('.so') and 'videoroom' not in p)}" }}
transports: {{ disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_rabbitmq.so" }}
"""
    )
    secure = (
        f'wss = true\n    wss_port = {port + 1}\n    wss_ip = "{address}"' if certificate else "wss = false"
    )
    pair = f'cert_pem = "{certificate[0]}"\n    cert_key = "{certificate[1]}"' if certificate else ""
    (folder / "janus.transport.websockets.jcfg").write_text(
        f"""general: {{
    json = "plain"
    ws = true
    ws_port = {port}
    ws_ip = "{address}"
    {secure}
}}
admin: {{ admin_ws = false }}
certificates: {{ {pair} }}
"""
    )
    text = f"general: {{ string_ids = {str(string_ids).lower()} }}\n"
    for room in rooms:
        lines = [f'description = "{room.get("description", "Room")}"', f'publishers = {room.get("publishers", 20)}']
        lines += [f'bitrate = {room.get("bitrate", 0)}', 'audiocodec = "opus"', f'videocodec = "{room.get("videocodec", "vp8")}"', "opus_fec = true"]
        lines += ["audiolevel_event = true", "audiolevel_ext = true", "audio_active_packets = 20", "audio_level_average = 50"]
        lines += ["notify_joining = true"]
        lines += [f'{key} = "{room[key]}"' for key in ("pin", "secret", "rec_dir") if key in room]
        text += f"room-{room['id']}: {{\n    " + "\n    ".join(lines) + "\n}\n"
    (folder / "janus.plugin.videoroom.jcfg").write_text(text)


def start(folder, log, address, port=8188):
    """Starts Janus on a configuration folder and returns its process once it answers; raises when it does not."""
    process = subprocess.Popen(
        ["janus", "--configs-folder", str(folder), "--log-file", str(log), "--disable-stdout"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    import socket

    end = time.monotonic() + 15
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"Janus ended with status {process.returncode}; its log is {log}")
        try:
            socket.create_connection((address, port), 0.2).close()
            return process
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"Janus does not listen on {address}:{port}; its log is {log}")


class JanusError(Exception):
    def __init__(self, code, reason):
        super().__init__(f"Janus error {code}: {reason}")
        self.code = code


class Session:
    """One Janus session over WebSocket; `on_event(handle, data, jsep)` gets what nobody waits for."""

    def __init__(self, url):
        self.url = url
        self.waiting = {}
        self.on_event = {}

    async def open(self):
        self.http = aiohttp.ClientSession()
        self.socket = await self.http.ws_connect(self.url, protocols=["janus-protocol"], max_msg_size=0)
        self.reader = asyncio.create_task(self._read())
        self.id = None
        self.id = (await self.request({"janus": "create"}))["data"]["id"]
        self.alive = asyncio.create_task(self._keep_alive())
        return self

    async def close(self):
        for task in (self.alive, self.reader):
            task.cancel()
        await self.socket.close()
        await self.http.close()

    async def request(self, body, wait_for_event=False):
        transaction = "".join(random.choices(string.ascii_letters, k=12))
        body = dict(body, transaction=transaction)
        if self.id is not None:
            body["session_id"] = self.id
        future = asyncio.get_running_loop().create_future()
        self.waiting[transaction] = (future, wait_for_event)
        await self.socket.send_str(json.dumps(body))
        return await asyncio.wait_for(future, 15)

    async def attach(self):
        answer = await self.request({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return answer["data"]["id"]

    async def message(self, handle, body, jsep=None):
        """Sends a plugin request and waits for its event; returns (plugin data, jsep or None)."""
        request = {"janus": "message", "handle_id": handle, "body": body}
        if jsep:
            request["jsep"] = jsep
        answer = await self.request(request, wait_for_event=True)
        data = answer["plugindata"]["data"]
        if "error_code" in data:
            raise JanusError(data["error_code"], data.get("error", ""))
        return data, answer.get("jsep")

    async def detach(self, handle):
        await self.request({"janus": "detach", "handle_id": handle})

    async def _keep_alive(self):
        while True:
            await asyncio.sleep(20)
            await self.request({"janus": "keepalive"})

    async def _read(self):
        async for message in self.socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                continue
            data = json.loads(message.data)
            future, wait_for_event = self.waiting.get(data.get("transaction"), (None, False))
            if future and not future.done():
                if data["janus"] == "ack" and wait_for_event:
                    continue
                del self.waiting[data["transaction"]]
                if data["janus"] == "error":
                    future.set_exception(JanusError(data["error"]["code"], data["error"]["reason"]))
                else:
                    future.set_result(data)
            elif data["janus"] == "event" and (callback := self.on_event.get(data["sender"])):
                callback(data["plugindata"]["data"], data.get("jsep"))
