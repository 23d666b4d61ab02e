"""A client of roomd's control socket: JSON-RPC 2.0, one text a line."""

import asyncio
import json
import time


class Refused(Exception):
    """The daemon answered with an error."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code = error.get("code")
        self.text = error.get("message")
        self.data = error.get("data") or {}
        self.reason = self.data.get("reason")


class Control:
    """One connection. Notes every event with its instant (CLOCK_MONOTONIC seconds) and keeps a copy of the state tree."""

    @classmethod
    async def open(cls, path, timeout=20, is_alive=lambda: True):
        """Waits until somebody listens at the path, as long as the one who is to listen is alive."""
        end = time.monotonic() + timeout
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(path), limit=64 << 20)
                return cls(reader, writer)
            except OSError as problem:
                if not is_alive():
                    raise ConnectionError("roomd ended before it listened on its socket") from None
                if time.monotonic() > end:
                    raise TimeoutError(f"nobody listens at {path} after {timeout} s: {problem}") from None
                await asyncio.sleep(0.02)

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.last = 0
        self.waiting = {}
        self.events = []  # (instant, name, data)
        self.changes = []  # (instant, patch)
        self.state = {}
        self.news = asyncio.Event()
        self.is_open = True
        self.task = asyncio.create_task(self._read())

    async def call(self, method, parameters=None, timeout=30):
        self.last += 1
        number = self.last
        request = {"jsonrpc": "2.0", "id": number, "method": method}
        if parameters is not None:
            request["params"] = parameters
        future = asyncio.get_running_loop().create_future()
        self.waiting[number] = future
        self.writer.write(json.dumps(request).encode() + b"\n")
        try:
            return await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"{method} was not answered within {timeout} s") from None

    async def follow(self):
        """From here on `events` and `state` are kept."""
        await self.call("state.subscribe", {})
        await self.call("events.subscribe", {})
        return self

    def get(self, path):
        value = self.state
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    async def until(self, condition, timeout, what):
        """Waits until `condition()` is true; it is tried again on every change and event. Returns the instant."""
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or not self.is_open:
                why = f"within {timeout} s" if self.is_open else "before the daemon closed the connection"
                raise TimeoutError(f"did not happen {why}: {what}")
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), min(left, 0.5))
            except asyncio.TimeoutError:
                pass
        return time.monotonic()

    def first(self, name, since=0.0, **match):
        """The first event of that name and data since an instant: (instant, data), or None."""
        for instant, event, data in self.events:
            if event == name and instant >= since and all(data.get(key) == value for key, value in match.items()):
                return instant, data
        return None

    async def event(self, name, timeout, since=0.0, **match):
        await self.until(lambda: self.first(name, since, **match), timeout, f"event {name} {match or ''}")
        return self.first(name, since, **match)

    async def close(self):
        self.task.cancel()
        self.writer.close()

    async def _read(self):
        try:
            while line := await self.reader.readline():
                self._take(json.loads(line), time.monotonic())
        except (OSError, ValueError):
            pass
        self.is_open = False
        self.news.set()
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the daemon closed the connection"))

    def _take(self, message, now):
        if "method" in message:
            parameters = message["params"]
            if message["method"] == "event":
                self.events.append((now, parameters["name"], parameters.get("data") or {}))
            elif message["method"] == "state.changed":
                self.changes.append((now, parameters["patch"]))
                self.state = merge(self.state, parameters["patch"])
            self.news.set()
            return
        result = message.get("result")
        if isinstance(result, dict) and "subscription" in result and "state" in result:
            # Here and not where the answer is awaited: the first patches may stand in the same read.
            self.state = result["state"]
        future = self.waiting.pop(message.get("id"), None)
        if future and not future.done():
            if "error" in message:
                future.set_exception(Refused(message["error"]))
            else:
                future.set_result(message["result"])


def merge(target, patch):
    """JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result
