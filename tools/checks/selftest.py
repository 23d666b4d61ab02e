"""Samples for every rule: what it must refuse, and look-alikes that it must pass."""

import tempfile
from pathlib import Path

from rules import RULES
from tree import Tree

# A whole, small, good tree. Each sample below changes it in one place.
PACKAGE = '''
let targets: [Target] = [
    // C libraries.
    system("CThing", pkgConfig: nil, apt: "libthing-dev"),
    pure("Base"),
    pure("JSON", ["Base"]),
    shell("DTLS", ["Base", "CThing"]),
    shell(
        "Media", ["Base", nioCore]),
    executable("Daemon", ["Base", "Media"]),
    tests("Base"),
    tests("Calls", ["Base"], path: "Tests/Calls"),
]

var nioCore: Target.Dependency { .product(name: "NIOCore", package: "swift-nio") }
'''
INNOCENT = r'''import FoundationEssentials

/// Reads no clock: Date(), ContinuousClock, print("x"), unsafe and `await` stand in a comment. /* so /* nested */ too */
public struct Reader {
    /* Mutex { open("x") } */
    let text = "Date() \(1 + (2 * 3)) print(\"x\")"
    let raw = #"unsafe " Task { "#
    let long = """
        Thread "quoted" DispatchQueue
        """

    func read(_ count: Int) -> Int { count }
    func both() -> Int { read(1) + self.read(2) + reader.send(3) }
    func chance(_ random: inout SeededRandom) -> Int { Int.random(in: 0..<3, using: &random) }
    func stamp(at time: Instant) -> Instant { time }
    var actors = ["actor"], threads = 0, dateOfBirth = 0
}
'''
SHIM = '''
// memcpy(to, from) in a comment; #define OTHER too
#ifndef CTHING_SHIM_H
#define CTHING_SHIM_H
#include <string.h>
struct cthing_pair { int first; struct { int x; } inner; };
static const int cthing_limit = sizeof(int);
static const char *const cthing_names[] = {"a;b", "c{d"};
typedef struct cthing_pair *cthing_pair_ref;
static inline struct cthing_pair *cthing_make(int first, void (*body)(void *)) {
    struct cthing_pair made = {first, {0}};
    for (int i = 0; i < 3; i++) { body(0); }
    return 0;
}
#endif
'''
GOOD = {
    "Package.swift": PACKAGE,
    "Sources/CThing/module.modulemap": "module CThing [system] { header \"shim.h\" }\n",
    "Sources/CThing/shim.h": SHIM,
    "Sources/Base/Base.swift": "/// A session of the agent in a Janus room; https://example.org/root/x.\npublic struct Base {}\n",
    "Sources/JSON/Reader.swift": INNOCENT,
    "Sources/DTLS/Endpoint.swift": "import Base\nimport CThing\n\nlet pointer: UnsafeMutablePointer<Int>? = nil\n",
    "Sources/Media/Clock.swift": "import Base\nimport Glibc\nprivate import NIOCore\n\nlet now = ContinuousClock.now\n",
    "Sources/Daemon/main.swift": "import Media\n\nprint(\"ready\")\n",
    "Tests/BaseTests/BaseTests.swift": "import Testing\n\n@testable import Base\n",
    "Tests/Calls/Calls.swift": "import Base\nimport Testing\n",
    "README.md": "# A title\n\n[here](Docs/a.md#the-heading-1) [up](#a-title) [web](https://x.org/none) `[no](none.md)`\n",
    "Docs/a.md": "## The `heading` 1\n\n[back](../README.md)\n",
    "tools/run": "#!/usr/bin/env bash\nif true; then echo \"/var/lib ~/home/x $HOME/work/y ./opt/z\"; fi\n",
}
SWIFT = "Sources/Base/Bad.swift"
TASK = "TO" + "DO"

# (the rule, what is changed, a part of the message that must come)
BAD = [
    ("formatting", {SWIFT: "let  a = 1;\n", ".swift-format": '{"version": 1}'}, "(swift format)"),
    ("target_map", {"Package.swift": "let package = 1\n"}, "expected a table"),
    ("target_map", {"Package.swift": PACKAGE.replace('"JSON", ["Base"]', '"JSON", ["Media"]')}, "stands below it"),
    ("target_map", {"Package.swift": PACKAGE.replace('"JSON", ["Base"]', '"JSON", ["Nothing"]')}, "which is nowhere"),
    ("target_map", {"Sources/JSON/Bad.swift": "public import DTLS\n"}, "does not declare for it"),
    ("target_map", {"Sources/Daemon/bad.swift": "import struct JSON.Value\n"}, "does not declare for it"),
    ("target_map", {"Sources/Daemon/bad.swift": "import NIOCore\n"}, "does not declare for it"),
    ("target_map", {"Sources/Daemon/bad.swift": "import Foundation\n"}, "may not import Foundation"),
    ("target_map", {SWIFT: "import Glibc\n"}, "pure and may not import Glibc"),
    ("target_map", {SWIFT: "import FoundationEssentials\n"}, "pure and may not import FoundationEssentials"),
    ("target_map", {"Tests/BaseTests/Bad.swift": "@testable import JSON\n"}, "does not declare for it"),
    ("target_map", {"Sources/Stray/Stray.swift": "let a = 1\n"}, "not in the table"),
    ("target_map", {"Sources/JSON/Reader.swift": None}, "has no files"),
    ("purity", {SWIFT: "let now = Date()\n"}, "`Date()` reads a clock"),
    ("purity", {SWIFT: "let now = Date.now\n"}, "reads a clock"),
    ("purity", {SWIFT: "let now = ContinuousClock().now\n"}, "reads a clock"),
    ("purity", {SWIFT: "clock_gettime(CLOCK_MONOTONIC, &now)\n"}, "reads a clock"),
    ("purity", {SWIFT: "let now = time(nil)\n"}, "reads a clock"),
    ("purity", {SWIFT: 'let text = "\\(MonotonicClock.now)"\n'}, "reads a clock"),
    ("purity", {SWIFT: 'print("x")\n'}, "does input or output"),
    ("purity", {SWIFT: 'let file = open("x", 0)\n'}, "does input or output"),
    ("purity", {SWIFT: "_ = FileManager.default\n"}, "does input or output"),
    ("purity", {SWIFT: "Task { go() }\n"}, "knows threads"),
    ("purity", {SWIFT: "Task.detached { go() }\n"}, "knows threads"),
    ("purity", {SWIFT: "public actor Room {}\n"}, "knows threads"),
    ("purity", {SWIFT: "let lock = Mutex(0)\n"}, "knows threads"),
    ("purity", {SWIFT: "func go() async {}\n"}, "knows threads"),
    ("purity", {SWIFT: "func go(_ a: UnsafePointer<Int>) {}\n"}, "is unsafe"),
    ("purity", {SWIFT: "a.withUnsafeBytes { _ in }\n"}, "is unsafe"),
    ("purity", {SWIFT: "let a = unsafe b\n"}, "is unsafe"),
    ("purity", {SWIFT: "class A: @unchecked Sendable {}\n"}, "is unsafe"),
    ("purity", {SWIFT: "let a = Int.random(in: 0..<3)\n"}, "draws its own randomness"),
    ("purity", {"Sources/DTLS/Bad.swift": "let now = MonotonicClock.now\n"}, "reads a clock"),
    ("purity", {"Sources/DTLS/Bad.swift": "let a = Mutex(0)\n"}, "knows threads"),
    ("silence", {"Sources/Media/Bad.swift": "print(1)\n"}, "in a library"),
    ("sizes", {SWIFT: "// line\n" * 601}, "has 601 lines"),
    ("unfinished", {SWIFT: f"// {TASK}: later\n"}, TASK),
    ("unfinished", {"tools/run": f"#!/usr/bin/env bash\n# {TASK}\n"}, TASK),
    ("unfinished", {SWIFT: 'func a() { fatalError("not implemented") }\n'}, "a stub"),
    ("unfinished", {"Tests/BaseTests/Bad.swift": '@Test(.disabled("flaky")) func a() {}\n'}, "switched off"),
    ("shims", {"Sources/CThing/shim.h": "static inline int make(void) { return 0; }\n"}, "make does not begin with cthing_"),
    ("shims", {"Tests/CTests/own.h": "static inline int make(void) { return 0; }\n"}, "make does not begin with ctests_"),
    ("shims", {"Sources/CThing/shim.h": "static const int limit = 3;\n"}, "limit does not begin"),
    ("shims", {"Sources/CThing/shim.h": "struct pair { int first; };\n"}, "pair does not begin"),
    ("shims", {"Sources/CThing/shim.h": "typedef int number;\n"}, "number does not begin"),
    ("shims", {"Sources/CThing/shim.h": "#define LIMIT 3\n"}, "macro LIMIT"),
    ("shims", {"Sources/CThing/shim.h": "#define _GNU_SOURCE\n"}, "_GNU_SOURCE"),
    ("origins", {"tools/run": "cat /ro" + "ot/x\n"}, "path of one machine"),
    ("origins", {"README.md": "See `/wo" + "rk/shared/style.md`.\n"}, "path of one machine"),
    ("origins", {"tools/run": "pip install -i https://pypi." + "org/simple\n"}, "names registries"),
    ("origins", {"README.md": "Written by an AI " + "assistant.\n"}, "how this was written"),
    ("origins", {SWIFT: "// Cla" + "ude wrote this.\n"}, "how this was written"),
    ("links", {"README.md": "[gone](Docs/gone.md)\n"}, "does not exist"),
    ("links", {"README.md": "[gone](Docs/a.md#nothing)\n"}, "no heading"),
    ("scripts", {"tools/run": "#!/usr/bin/env bash\nif true; then\n"}, "bash does not parse it"),
    ("scripts", {"tools/run.py": "def a(:\n"}, "Python does not parse it"),
    ("scripts", {"tools/run": "#!/bin/sh\n", "executable": False}, "not executable"),
]


def plant(root, files, executable):
    for name, text in files.items():
        if text is None:
            continue
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if executable and text.startswith("#!"):
            path.chmod(0o755)


def findings(changes):
    """What each rule finds in the good tree with these changes: rule → messages."""
    changes = dict(changes)
    executable = changes.pop("executable", True)
    with tempfile.TemporaryDirectory(prefix="roomd-check-") as root:
        plant(root, {**GOOD, **changes}, executable)
        tree = Tree(root)
        return {rule.__name__: [str(finding) for finding in rule(tree)] for rule in RULES}


def run():
    failures = [f"the good tree is refused: {text}" for found in findings({}).values() for text in found]
    for name, changes, expected in BAD:
        found = findings(changes)[name]
        if not any(expected in text for text in found):
            failures.append(f"{name} did not say “{expected}” about {changes}, but {found}")
    untested = {rule.__name__ for rule in RULES} - {name for name, _, _ in BAD}
    failures += [f"{name} has no sample" for name in sorted(untested)]
    for failure in failures:
        print(f"check: self-test: {failure}")
    if not failures:
        print(f"check: self-test: {len(BAD)} bad samples refused by {len(RULES)} rules, the good tree passed")
    return 1 if failures else 0
