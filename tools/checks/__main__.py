"""tools/check: runs every rule over the tree, or, with --self-test, over samples that each rule must refuse or pass."""

import collections
import sys
import time
from pathlib import Path

import selftest
from rules import RULES
from tree import Tree


def check(root):
    tree = Tree(root)
    began = time.monotonic()
    findings = [finding for rule in RULES for finding in rule(tree)]
    for finding in sorted(set(findings)):
        print(finding)
    elapsed = time.monotonic() - began
    if not findings:
        print(f"check: {len(tree.paths)} files, {len(RULES)} rules, no findings ({elapsed:.1f} s)")
        return 0
    folders = collections.Counter(finding.folder for finding in set(findings))
    for folder, count in sorted(folders.items()):
        print(f"check: {count:4} in {folder}", file=sys.stderr)
    print(f"check: {sum(folders.values())} findings ({elapsed:.1f} s)", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(selftest.run())
    if sys.argv[1:]:
        sys.exit("usage: tools/check [--self-test]")
    sys.exit(check(Path(__file__).resolve().parents[2]))
