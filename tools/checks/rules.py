"""The rules. Each takes a Tree and yields Findings; each has its samples in selftest.py."""

import ast
import re
import subprocess

from swiftsource import comments_only
from tree import Finding

LONGEST_FILE = 600

# Modules that come with Swift. Foundation is not among them: it adds some 45 MB to a static binary.
TOOLCHAIN = {"Swift", "Glibc", "Synchronization", "FoundationEssentials", "Dispatch"}
TOOLCHAIN_FOR_TESTS = TOOLCHAIN | {"Testing", "Foundation"}
# Pure targets have none of them, these two excepted, which read and write JSON.
FOUNDATION_IN_PURE = {"JSON", "ControlAPI"}
# Outside the table's `pure`, but held to it as far as a C library allows: no clock, no I/O, no threads.
PURE_BUT_FOR_C = {"Digests", "DTLS", "SRTP"}
# The one shim that needs it, and that takes the trouble which comes with it; the comment there says which.
GNU_SOURCE_ALLOWED = {"Sources/CLinux/shim.h"}

CLOCK = re.compile(
    r"\b(ContinuousClock|SuspendingClock|MonotonicClock|DispatchTime|DispatchWallTime|clock_gettime|clock_nanosleep"
    r"|gettimeofday|nanosleep|usleep|ProcessInfo)\b"
    r"|\bDate\s*(\(\s*\)|\.\s*now\b)|\bTask\s*\.\s*sleep\b|(?<![.\w])(time|clock|sleep)\s*\((?!\w+:)"
)
INPUT_OUTPUT = re.compile(
    r"\b(FileManager|FileHandle|FileDescriptor|URLSession|Process|stdin|stdout|stderr)\b"
    r"|(?<![.\w])(open|fopen|creat|read|pread|fread|write|pwrite|fwrite|close|fclose|socket|connect|bind|listen|accept"
    r"|send|sendto|sendmsg|recv|recvfrom|recvmsg|ioctl|mmap|poll|getenv|print|debugPrint|dump|readLine|printf|fputs|puts)"
    r"\s*\("
)
THREADS = re.compile(
    r"\b(Thread|DeviceThread|Mutex|Atomic|NSLock|NSRecursiveLock|pthread_\w+|DispatchQueue|DispatchSemaphore"
    r"|DispatchGroup|OperationQueue|MainActor|withTaskGroup|withThrowingTaskGroup|withDiscardingTaskGroup)\b"
    r"|\bTask\s*(\.\s*detached\s*)?(<[^>]*>\s*)?[({]|\b(await|async)\b|(?m:^\s*(\w+\s+)*actor\s+\w+)"
)
PRINT = re.compile(r"(?<![.\w])(print|debugPrint|dump|NSLog)\s*\(")
UNSAFE = re.compile(r"\b\w*[Uu]nsafe\w*\b|\bUnmanaged\b|@unchecked\b")
RANDOM = re.compile(r"\bSystemRandomNumberGenerator\b|\.(random|randomElement|shuffle|shuffled)\s*\((?![^)]*\busing\s*:)")
IMPORT = re.compile(
    r"^[ \t]*(?:@\w+(?:\([^)]*\))?[ \t]+)*(?:(?:public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+"
    r"(?:(?:struct|class|enum|protocol|typealias|func|let|var|actor)[ \t]+)?(\w+)",
    re.M,
)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def formatting(tree):
    """`swift format lint --strict` with the checked-in configuration."""
    files = [path for path in tree.paths if path.endswith(".swift")]
    if not files or not (tree.root / ".swift-format").exists():
        return
    command = ["swift", "format", "lint", "--strict", "--parallel", "--configuration", ".swift-format", *files]
    result = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    found = re.findall(r"^(.+?):(\d+):\d+: (?:error|warning): (.*)$", result.stderr, re.M)
    for path, line, message in found:
        yield Finding(path.removeprefix(f"{tree.root}/"), int(line), f"{message} (swift format)")
    if result.returncode != 0 and not found:
        yield Finding(".swift-format", 1, f"swift format did not run: {result.stderr.strip()}")


def target_map(tree):
    """Dependencies point upwards in the table of Package.swift; imports name declared dependencies only."""
    if not tree.targets:
        yield Finding("Package.swift", 1, "expected a table `let targets: [Target] = [` … `]`")
        return
    above, own, outside = set(), {target.name for target in tree.targets}, set(tree.products.values())
    for target in tree.targets:
        for dependency in target.dependencies:
            if dependency not in own | outside:
                yield Finding("Package.swift", target.line, f"{target.name} depends on {dependency}, which is nowhere")
            elif dependency in own and dependency not in above:
                yield Finding("Package.swift", target.line, f"{target.name} depends on {dependency}, which stands below it")
        above.add(target.name)
        if not tree.under(target.folder):
            yield Finding("Package.swift", target.line, f"{target.name} has no files in {target.folder}")
        yield from imports(tree, target, own | outside)
    folders = {f"{top}/{path.split('/')[1]}" for top in ("Sources", "Tests") for path in tree.under(top, ".swift")}
    for folder in sorted(folders - {target.folder for target in tree.targets}):
        yield Finding(folder + "/", 1, "holds Swift files but is not in the table of Package.swift")


def imports(tree, target, known):
    if target.kind == "tests":
        toolchain = TOOLCHAIN_FOR_TESTS
    elif target.kind == "pure":
        toolchain = {"FoundationEssentials"} if target.name in FOUNDATION_IN_PURE else set()
    else:
        toolchain = TOOLCHAIN
    for path in tree.under(target.folder, ".swift"):
        code = tree.code(path)
        for match in IMPORT.finditer(code):
            module = match.group(1)
            if module in target.dependencies or module in toolchain:
                continue
            if module in known:
                why = f"{target.name} imports {module}, which Package.swift does not declare for it"
            elif target.kind == "pure":
                why = f"{target.name} is pure and may not import {module}"
            else:
                why = f"{target.name} may not import {module}"
            yield Finding(path, line_of(code, match.start(1)), why)


def purity(tree):
    """No clock, I/O, threads, chance or `unsafe` in the pure targets."""
    always = [(CLOCK, "reads a clock"), (INPUT_OUTPUT, "does input or output"), (THREADS, "knows threads or tasks")]
    for target in tree.targets:
        if target.kind == "pure":
            forbidden = always + [(UNSAFE, "is unsafe"), (RANDOM, "draws its own randomness")]
        elif target.name in PURE_BUT_FOR_C:
            forbidden = always
        else:
            continue
        files = tree.under(target.folder, ".swift")
        # A function of the target's own may be called `read` or `send`.
        own = {name for path in files for name in re.findall(r"\bfunc\s+`?(\w+)", tree.code(path))}
        for path in files:
            code = tree.code(path)
            for pattern, what in forbidden:
                for match in pattern.finditer(code):
                    word = re.match(r"\W*(\w+)", match.group()).group(1)
                    before = code[: match.start()].rstrip()
                    if pattern is INPUT_OUTPUT and word in own or re.search(r"\bfunc$", before):
                        continue
                    found = match.group().strip()
                    yield Finding(
                        path, line_of(code, match.start()), f"`{found}` {what}, but {target.name} is to be pure")


def silence(tree):
    """Libraries throw and emit events; only the executables write to the terminal and the log."""
    for target in tree.targets:
        if target.kind != "shell":
            continue
        for path in tree.under(target.folder, ".swift"):
            code = tree.code(path)
            for match in PRINT.finditer(code):
                if not re.search(r"\bfunc\s*$", code[: match.start()]):
                    word = f"{match.group(1)}(…)"
                    yield Finding(path, line_of(code, match.start()), f"`{word}` in a library; throw, or emit an event")


def sizes(tree):
    """No file that cannot be read at one sitting."""
    for path in tree.paths:
        if not path.startswith(("Sources/", "Tests/", "tools/")) or path.endswith((".json", ".txt", ".ics", ".sdp")):
            continue
        lines = (tree.text(path) or "").count("\n")
        if lines > LONGEST_FILE:
            yield Finding(path, LONGEST_FILE + 1, f"has {lines} lines; split it, {LONGEST_FILE} is the limit")


def unfinished(tree):
    """Nothing that says it is not done, and no test that does not run."""
    marker = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
    stub = re.compile(r"\b(fatalError|preconditionFailure|assertionFailure)\s*\(\s*\"(not|un)[ -]?implemented", re.I)
    skipped = re.compile(r"\.disabled\s*\(|\.enabled\s*\(\s*if:\s*false\b")
    for path in tree.paths:
        text = tree.text(path)
        if text is None or path.endswith(".md"):
            continue
        for match in marker.finditer(text):
            yield Finding(path, line_of(text, match.start()), f"{match.group()}: do it, or describe the limit in words")
        if path.endswith(".swift"):
            for match in stub.finditer(text):
                yield Finding(path, line_of(text, match.start()), "a stub; a part that is missing is left out, with a clear error")
            code = tree.code(path)
            for match in skipped.finditer(code):
                yield Finding(path, line_of(code, match.start()), "a test that is switched off; mend it or delete it")


def shims(tree):
    """Everything that a C shim defines carries the shim's prefix, and no shim changes Swift's view of glibc."""
    for path in tree.under("Sources", ".h") + tree.under("Tests", ".h"):
        module = path.split("/")[1]
        if not re.fullmatch(r"C[A-Z]\w*", module):
            continue
        prefix = module.lower() + "_"
        text = re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), tree.text(path) or "", flags=re.S)
        text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
        for match in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, re.M):
            name = match.group(1)
            if name == "_GNU_SOURCE":
                if path not in GNU_SOURCE_ALLOWED:
                    yield Finding(
                        path, line_of(text, match.start(1)),
                        "_GNU_SOURCE: Swift sees glibc without it, and one type defined twice does not compile")
            elif not name.startswith(prefix.upper()):
                yield Finding(path, line_of(text, match.start(1)), f"macro {name} does not begin with {prefix.upper()}")
        for offset, name in definitions(text):
            if not name.startswith(prefix):
                yield Finding(path, line_of(text, offset), f"{name} does not begin with {prefix}")


def definitions(text):
    """Names that a header defines at its top level, as (offset, name). The text is without comments and strings."""
    text = re.sub(r"^[ \t]*#(\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.M)
    depth, start = 0, 0
    for match in re.finditer(r"[{};]", text):
        token = match.group()
        if token == "{":
            head = text[start : match.start()]
            if depth == 0 and re.match(r'\s*extern\s*""\s*$', head):
                start = match.end()
                continue
            if depth == 0:
                yield from named(head, start)
            depth += 1
        elif token == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                start = match.end()
        elif depth == 0:
            head = text[start : match.start()]
            if re.match(r"\s*(static|typedef|enum|extern)\b", head) or re.search(r"\)\s*$", head):
                yield from named(head, start)
            start = match.end()


def named(head, start):
    tag = re.match(r"\s*(?:typedef\s+)?(?:struct|enum|union)\s+(\w+)\s*$", head)
    constant = re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)?=", head)
    function = re.search(r"(\w+)\s*\(", head)
    alias = re.match(r"\s*typedef\b.*?(\w+)\s*$", head, re.S)
    match = tag or (constant if constant and (not function or constant.start() < function.start()) else None)
    match = match or function or alias
    if match and match.group(1) not in {"__attribute__"}:
        yield start + match.start(1), match.group(1)


def origins(tree):
    """Nothing that ties the tree to one machine or tells how it was written."""
    folders = "|".join(["work", "root", "home", "opt"])
    machine = re.compile(rf"(?<![\w.$}}/*~-])/({folders})/\w")
    hosts = ["files.pythonhosted." + "org", "pypi." + "org", "registry.npmjs." + "org", "crates." + "io",
             "proxy.golang." + "org", "deb.debian." + "org"]
    host = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in hosts))
    words = ["Cla" + "ude", "Anthro" + "pic", "Open" + "AI", "Chat" + "GPT", "Co" + "pilot", "L" + "LMs?",
             "language " + "models?", "AI (?:assis" + "tant|agent|tool)s?", "coding " + "agents?", "sub-?" + "agents?",
             "helper " + "sessions?", "bri" + r"ef\.md", "mi" + r"ni\.py"]
    teller = re.compile(r"\b(" + "|".join(words) + r")\b", re.I)
    for path in tree.paths:
        text = tree.text(path)
        if text is None:
            continue
        for match in machine.finditer(text):
            yield Finding(path, line_of(text, match.start()), f"{match.group()[:-1]}… is a path of one machine")
        for match in host.finditer(text):
            yield Finding(path, line_of(text, match.start()), f"{match.group()}: the client's configuration names registries")
        # In code and literals the words are the field's (a WebSocket's session); prose is looked at.
        prose = comments_only(text) if path.endswith(".swift") else enumerate(text.split("\n"), 1)
        for number, line in prose:
            for match in teller.finditer(line):
                yield Finding(path, number, f"“{match.group()}” tells how this was written, not what it is")


def links(tree):
    """Links of the documentation lead to files, and to headings, that exist."""
    for path in tree.paths:
        if not path.endswith(".md"):
            continue
        text = without_code(tree.text(path) or "")
        for match in re.finditer(r"\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)", text):
            target = match.group(1)
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            where = ((tree.root / path).parent / name).resolve() if name else tree.root / path
            if not where.exists():
                yield Finding(path, line_of(text, match.start()), f"links to {name}, which does not exist")
            elif anchor and where.suffix == ".md" and anchor not in anchors(where.read_text()):
                yield Finding(path, line_of(text, match.start()), f"links to #{anchor}, which is no heading of {where.name}")


def without_code(text):
    text = re.sub(r"^```.*?^```", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", lambda m: " " * len(m.group()), text)


def anchors(text):
    """The names that GitHub gives to the headings."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    titles = re.findall(r"^#{1,6}\s+(.*?)\s*#*$", plain, re.M)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title).lower()).replace(" ", "-") for title in titles}


def scripts(tree):
    """Scripts parse and can be executed."""
    for path in tree.paths:
        text = tree.text(path)
        first = (text or "").split("\n", 1)[0]
        if text is None or not (path.endswith((".py", ".sh")) or first.startswith("#!")):
            continue
        if path.endswith(".py") or "python" in first:
            try:
                ast.parse(text, path)
            except SyntaxError as error:
                yield Finding(path, error.lineno or 1, f"Python does not parse it: {error.msg}")
        elif path.endswith(".sh") or re.search(r"\b(ba|da)?sh\b", first):
            result = subprocess.run(["bash", "-n", path], cwd=tree.root, capture_output=True, text=True)
            if result.returncode != 0:
                line = re.search(r"line (\d+): (.*)", result.stderr)
                message = line.group(2) if line else result.stderr.strip()
                yield Finding(path, int(line.group(1)) if line else 1, f"bash does not parse it: {message}")
        if first.startswith("#!") and not (tree.root / path).stat().st_mode & 0o100:
            yield Finding(path, 1, "begins with #! but is not executable")


RULES = [formatting, target_map, purity, silence, sizes, unfinished, shims, origins, links, scripts]
