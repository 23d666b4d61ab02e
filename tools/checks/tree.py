"""The files that are, or would be, in the repository, and the target map of Package.swift."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from swiftsource import code_only


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"

    @property
    def folder(self):
        return "/".join(self.path.split("/")[:-1][:2]) or self.path


@dataclass(frozen=True)
class Target:
    name: str
    kind: str  # pure, shell, executable, system, cxx, tests
    dependencies: tuple
    line: int
    folder: str


class Tree:
    def __init__(self, root):
        self.root = Path(root)

    @cached_property
    def paths(self):
        """Every file, tracked or about to be; relative to the root, sorted."""
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
        else:
            names = [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
        return sorted({name for name in names if name and (self.root / name).is_file()})

    @cache
    def text(self, path):
        """The file's text, or None for what is not text."""
        data = (self.root / path).read_bytes()
        if b"\0" in data:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None

    @cache
    def code(self, path):
        """Swift source without comments and literals."""
        return code_only(self.text(path) or "")

    def under(self, folder, suffix=""):
        return [path for path in self.paths if path.startswith(folder + "/") and path.endswith(suffix)]

    @cached_property
    def products(self):
        """Variables of Package.swift for products of other packages: nioCore → NIOCore."""
        pattern = r'var (\w+): Target\.Dependency \{ \.product\(name: "(\w+)"'
        return dict(re.findall(pattern, self.text("Package.swift") or ""))

    @cached_property
    def targets(self):
        """The table of targets, in its order."""
        text = self.text("Package.swift") or ""
        begin = text.find("let targets: [Target] = [\n")
        end = text.find("\n]\n", begin)
        if begin < 0 or end < 0:
            return []
        text_before = text[:begin].count("\n") + 1
        table = re.sub(r"(?m)^\s*//.*$", "", text[text.index("\n", begin) : end])
        targets = []
        for match in re.finditer(r'\b(pure|shell|executable|system|cxx|tests)\(\s*"(\w+)"([^()]*)\)', table):
            kind, name, rest = match.groups()
            path = re.search(r'\bpath: "([\w/]+)"', rest)
            rest = re.sub(r'\w+: "[^"]*"', "", rest)
            dependencies = []
            if kind != "system":
                for quoted, variable in re.findall(r'"(\w+)"|(\w+)', rest):
                    dependencies.append(quoted or self.products.get(variable, variable))
            folder = f"Sources/{name}"
            if kind == "tests":
                if any(target.name == name for target in targets):
                    dependencies.insert(0, name)
                name += "Tests"
                folder = f"Tests/{name}"
            if path:
                folder = path.group(1)
            line = text_before + table[: match.start()].count("\n")
            targets.append(Target(name, kind, tuple(dependencies), line, folder))
        return targets
