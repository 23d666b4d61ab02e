#!/usr/bin/env python3
"""Writes the manual pages that say what is said elsewhere already: roomctl(1) from the program's own help, roomd.toml(5)
from the commented configuration.

Usage: packaging/manpages.py roomctl VERSION < (roomctl --experimental-dump-help)
       packaging/manpages.py roomd.toml VERSION < Config/roomd.toml
"""

import json
import sys


def escape(text):
    """For troff: no line begins a request, backslashes and hyphens are what they are."""
    lines = []
    for line in text.replace("\\", "\\e").replace("-", "\\-").split("\n"):
        lines.append("\\&" + line if line.startswith((".", "'")) else line)
    return "\n".join(lines)


def heading(name, section, version, what):
    return [f'.TH {name.upper()} {section} "" "roomd {version}"', ".SH NAME", f"{escape(name)} \\- {what}"]


def words(argument):
    """An option or argument as it is written on the command line."""
    value = f"<{argument.get('valueName', 'value')}>"
    if argument["kind"] == "positional":
        return value + (" ..." if argument.get("isRepeating") else "")
    name = argument["preferredName"]["name"]
    flag = f"-{name}" if argument["preferredName"]["kind"] == "short" else f"--{name}"
    return flag if argument["kind"] == "flag" else f"{flag} {value}"


def commands(command, before=""):
    """All commands of a tree that can be called, with how: (synopsis, abstract, arguments)."""
    for child in command.get("subcommands", []):
        if not child.get("shouldDisplay", True) or child["commandName"] == "help":
            continue
        name = f"{before}{child['commandName']}"
        own = [
            argument for argument in child.get("arguments", [])
            if argument.get("shouldDisplay", True) and argument["valueName"] not in ("version", "help", "json")
            and argument.get("preferredName", {}).get("name") != "socket"
        ]
        below = list(commands(child, name + " "))
        if below and not child.get("defaultSubcommand"):
            yield from below
            continue
        shown = [words(argument) if not argument["isOptional"] else f"[{words(argument)}]" for argument in own]
        yield " ".join([name, *shown]), child.get("abstract", ""), own
        yield from below


def roomctl(text, version):
    root = json.loads(text)["command"]
    page = heading("roomctl", 1, version, "steers the meeting room that roomd runs")
    page += [".SH SYNOPSIS", ".B roomctl", escape("[--socket <path>] [--json] <command> ..."), ".SH DESCRIPTION"]
    page += [".nf", escape(root["discussion"]), ".fi", ".SH COMMANDS"]
    for synopsis, abstract, arguments in commands(root):
        page += [".TP", f".B {escape(synopsis)}", escape(abstract)]
        for argument in arguments:
            if argument.get("abstract"):
                page += [".br", escape(f"{words(argument)}: {argument['abstract']}")]
    page += [".SH SEE ALSO", ".BR roomd (8)"]
    return page


def configuration(text, version):
    page = heading("roomd.toml", 5, version, "configuration of a meeting room")
    page += [".SH DESCRIPTION", ".B /etc/roomd/roomd.toml", "is a TOML file. This is the one that comes with roomd:"]
    page += [".PP", ".nf", escape(text.strip()), ".fi", ".SH SEE ALSO", ".BR roomd (8)"]
    return page


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("roomctl", "roomd.toml"):
        sys.exit(__doc__)
    make = roomctl if sys.argv[1] == "roomctl" else configuration
    print("\n".join(make(sys.stdin.read(), sys.argv[2])))


main()
