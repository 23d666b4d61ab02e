"""roomctl does all of its list that exists so far; its --help and errors need no manual."""

import asyncio
import json
import os
import signal
import subprocess
import time

import picture
from acceptance.scenario import SERVICE, main, pause, url
from room import ROOMCTL, roomctl


async def play(scenario):
    report = scenario.report
    records = scenario.work / "records"
    records.mkdir()
    scenario.janus({"id": 1234, "pin": "4711", "secret": "adminpw", "rec_dir": str(records)})
    secret = scenario.work / "secret"
    secret.write_text("adminpw\n")
    secret.chmod(0o600)
    ann = await scenario.guest("Ann", 1234, pin="4711", video="code:320x180@10", audio=scenario.speech())
    bob = await scenario.guest("Bob", 1234, pin="4711", video="code:320x180@10", subscribe="no")
    room, control = await scenario.room(
        services=[{**SERVICE, "host_secret_file": str(secret)}], devices={"speaker": f"file:{scenario.out}/heard.wav"}
    )

    async def run(*arguments, stdin=None):
        return await asyncio.to_thread(roomctl, room, *arguments, stdin=stdin)

    def text(done):
        return f"{done.returncode}, {' / '.join((done.stdout + done.stderr).split(chr(10)))[:300]}"

    async def does(*arguments, shows=(), state=None, stdin=None):
        """Exit status 0, certain words, and then the state as it should be."""
        done = await run(*arguments, stdin=stdin)
        is_good = done.returncode == 0 and all(word in done.stdout for word in shows) and not done.stderr
        for path, value in (state or {}).items():
            found = await control.call("state.get", {"path": path})
            is_good = is_good and found == value
            if found != value:
                done.stdout += f" [{path} = {found}, not {value}]"
        report.check(f"roomctl {' '.join(arguments)}", is_good, text(done))
        return done

    async def fails(status, *arguments, shows=(), stdin=None):
        done = await run(*arguments, stdin=stdin)
        is_good = done.returncode == status and bool(done.stderr.strip()) and not done.stdout
        is_good = is_good and all(word in done.stderr for word in shows)
        report.check(f"roomctl {' '.join(arguments)}: status {status} and why", is_good, text(done))

    # Help: of all, and of each command that it lists.
    done = await run("--help")
    report.check("roomctl --help", done.returncode == 0 and "SUBCOMMANDS" in done.stdout and "Exit status" in done.stdout)
    listed = [line for line in done.stdout.split("SUBCOMMANDS:")[-1].splitlines() if len(line) > 2]
    commands = [line.split()[0] for line in listed if line.startswith("  ") and line[2].islower()]
    wanted = "status join leave end start mute unmute camera volume participants mute-participant unmute-participant mute-all"
    wanted += " remove record layout snapshot devices schedule watch call"
    missing = set(wanted.split()) - set(commands)
    report.check("it lists every command", not missing, ", ".join(sorted(missing)) or f"{len(commands)} commands")
    for command in commands:
        done = await run(command, "--help")
        is_good = done.returncode == 0 and "USAGE" in done.stdout and "OVERVIEW" in done.stdout
        report.check(f"roomctl {command} --help", is_good, "" if is_good else text(done))

    # Wrong usage, no daemon, refusals.
    await fails(2, "jion", shows=["jion"])
    await fails(2, "volume", "loud")
    await fails(2, "volume", "101", shows=["100"])
    await fails(2, "camera", "maybe", shows=["on"])
    await fails(2, "layout", "circle", shows=["grid"])
    await fails(2, "call", "speaker.set", "{not json")
    done = subprocess.run([ROOMCTL, "--socket", "/nowhere.sock", "status"], capture_output=True, text=True)
    report.check("no daemon: status 3 and why", done.returncode == 3 and "/nowhere.sock" in done.stderr, text(done))
    await fails(1, "mute-participant", "1", shows=["not in a meeting"])
    await fails(1, "call", "meeting.jion", shows=["meeting.join"])
    await fails(1, "join", url(1234, "0000"), shows=["passcode"])

    # Everything, in the meeting.
    await does("status", shows=["Boardroom"])
    watch = await asyncio.create_subprocess_exec(
        ROOMCTL, "--socket", str(room.socket), "watch", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    await pause(0.3)
    await does("join", "--passcode-stdin", url(1234), stdin="4711\n", state={"meeting.state": "joined", "meeting.role": "host"})
    await does("status", shows=["Boardroom"])
    for _ in range(40):
        people = (await control.call("participants.list"))["participants"]
        ids = {data["name"]: key for key, data in people.items()}
        if {"Ann", "Bob"} <= set(ids):
            break
        await pause(0.1)
    await does("participants", shows=["Ann", "Bob", "Boardroom", ids["Ann"]])
    await does("unmute", state={"microphone.state": "live"})
    await does("mute", state={"microphone.state": "muted", "microphone.enabled": False})
    await does("camera", "off", state={"camera.state": "off"})
    await does("camera", "on", state={"camera.state": "live"})
    await does("volume", "40", state={"speaker.volume": 40})
    await does("layout", "speaker", state={"display.layout": "speaker"})
    await does("layout", "grid", "--selfview", "on", state={"display.layout": "grid"})
    await pause(1)
    file = scenario.out / "snapshot.png"
    await does("snapshot", str(file), "--width", "1280", shows=["1280×720"])
    luma = picture.decode(file.read_bytes())
    report.check("the snapshot is a PNG of 1280×720", luma.shape == (720, 1280), str(luma.shape))
    await does("devices", shows=["pattern:1280x720@30", "tone:440"])
    await does("schedule")
    await does("mute-participant", ids["Ann"], state={f"meeting.participants.{ids['Ann']}.microphone": "blocked"})
    await does("unmute-participant", ids["Ann"])
    await does("mute-all", state={f"meeting.participants.{ids['Ann']}.microphone": "blocked"})
    await does("record", "start", state={"meeting.recording.where": "service"})
    await pause(2)
    await does("record", "stop", state={"meeting.recording": None})
    made = sorted(path.name for path in records.iterdir())
    report.check("the service has recorded", any(name.endswith(".mjr") for name in made), ", ".join(made)[:200])
    await does("remove", ids["Bob"])
    try:
        await bob.event("kicked", 3, condition=lambda data: True)
        report.check("Bob was put out", True)
    except TimeoutError:
        people = (await control.call("participants.list"))["participants"]
        report.check("Bob was put out", ids["Bob"] not in people, str(sorted(people)))
    await fails(1, "remove", "nobody", shows=["nobody"])
    await fails(1, "join", url(1234, "4711"), shows=["already"])
    await does("call", "state.get", '{"path": "meeting.state"}', shows=["joined"])
    done = await run("--json", "status")
    report.check("--json prints JSON", done.returncode == 0 and json.loads(done.stdout)["room"]["name"] == "Boardroom")
    report.check("no PIN in anything shown", "4711" not in done.stdout + room.log.read_text())
    await does("leave", state={"meeting": None})
    await does("start", "--title", "Ad hoc", shows=["janus+ws://10.77.0.1:8188/?room="], state={"meeting.role": "host"})
    await does("end", state={"meeting": None})
    await pause(0.3)
    watch.send_signal(signal.SIGINT)
    said = (await asyncio.wait_for(watch.communicate(), 5))[0].decode()
    (scenario.out / "watch.txt").write_text(said)
    wanted = ["meeting.joined", "Ann", "meeting.left"]
    missing = [word for word in wanted if word not in said]
    report.check("roomctl watch showed it all", not missing, f"{len(said.splitlines())} lines" + (f", without {missing}" if missing else ""))


if __name__ == "__main__":
    main(7, "roomctl", play)
