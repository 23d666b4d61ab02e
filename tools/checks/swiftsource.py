"""Swift source without its comments and string literals, line for line, so that rules look at code only."""

import re

INTERESTING = re.compile(r'//|/\*|#*"""|#*"|[()]')


def code_only(text):
    """The text with comments and literals blanked out; line breaks and code inside interpolations stay."""
    out = []
    _code(text, 0, out, in_interpolation=False)
    return "".join(out)


def comments_only(text):
    """The lines of the text on which comments stand, as (line number, comment)."""
    code = code_only(text)
    for number, (whole, kept) in enumerate(zip(text.split("\n"), code.split("\n")), 1):
        if whole != kept:
            yield number, "".join(w for w, k in zip(whole, kept.ljust(len(whole))) if w != k or w.isspace())


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def _code(text, at, out, in_interpolation):
    depth = 0
    while at < len(text):
        match = INTERESTING.search(text, at)
        if not match:
            out.append(text[at:])
            return len(text)
        out.append(text[at : match.start()])
        token, at = match.group(), match.end()
        if token == "(":
            depth += 1
            out.append(token)
        elif token == ")":
            if in_interpolation and depth == 0:
                out.append(" ")
                return at
            depth -= 1
            out.append(token)
        elif token == "//":
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            out.append(_blank(text[match.start() : end]))
            at = end
        elif token == "/*":
            at = _block_comment(text, match.start(), out)
        else:
            at = _literal(text, match.start(), token, out)
    return at


def _block_comment(text, start, out):
    depth, at = 0, start
    for match in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if match.group() == "/*" else -1
        at = match.end()
        if depth == 0:
            break
    else:
        at = len(text)
    out.append(_blank(text[start:at]))
    return at


def _literal(text, start, token, out):
    hashes = token.count("#")
    quotes = token[hashes:]
    multiline = quotes == '"""'
    stop = re.compile(r"\\" + "#" * hashes + r"(\(|.)|" + quotes + "#" * hashes + ("" if multiline else r"|\n"), re.S)
    out.append(" " * len(token))
    at = start + len(token)
    while True:
        match = stop.search(text, at)
        if not match:
            out.append(_blank(text[at:]))
            return len(text)
        out.append(_blank(text[at : match.start()]))
        out.append(_blank(match.group()))
        at = match.end()
        if match.group().endswith("(") and match.group(1) == "(":
            at = _code(text, at, out, in_interpolation=True)
        elif match.group(1) is None:
            return at
