"""`rpc.discover` is a valid OpenRPC document, names everything that Docs/control-api.md promises, and tells the truth of the answers.

The rules are those of the OpenRPC Specification 1.3 (spec.open-rpc.org), written down here as a JSON schema and, where that cannot say
it, as checks; every Schema Object must be JSON Schema draft 7, as the specification demands. Then each method is called outside a
meeting with parameters made from its own description: what comes must be the result, or one of the errors, that the document names.
"""

import re

import jsonschema

from acceptance.scenario import main, url
from control import Refused
from room import PROJECT

DRAFT = jsonschema.Draft7Validator
STANDARD = {-32700, -32600, -32601, -32602, -32603}  # JSON-RPC 2.0 §5.1: to be assumed of every method


def an_object(needed=(), /, **properties):
    return {
        "type": "object", "required": list(needed), "properties": properties, "patternProperties": {"^x-": {}}, "additionalProperties": False,
    }


def reference_or(schema):
    reference = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string"}}}
    return {"if": {"required": ["$ref"]}, "then": reference, "else": schema}


TEXT = {"type": "string"}
NAME = {"type": "string", "minLength": 1}
SCHEMA = {"$ref": "http://json-schema.org/draft-07/schema#"}
DOCUMENTATION = an_object(["url"], url=TEXT, description=TEXT)
FLAG = {"type": "boolean"}
DESCRIPTOR = an_object(["name", "schema"], name=NAME, summary=TEXT, description=TEXT, required=FLAG, schema=SCHEMA, deprecated=FLAG)
ERROR = {
    "type": "object", "required": ["code", "message"], "properties": {"code": {"type": "integer"}, "message": NAME, "data": {}},
    "additionalProperties": False,  # no extensions here
}
SERVER = an_object(["name", "url"], name=TEXT, url=TEXT, summary=TEXT, description=TEXT, variables={"type": "object"})
METHOD = an_object(
    ["name", "params", "result"], name=NAME, summary=TEXT, description=TEXT, externalDocs=DOCUMENTATION, deprecated=FLAG,
    tags={"type": "array", "items": reference_or(an_object(["name"], name=NAME, summary=TEXT, description=TEXT, externalDocs=DOCUMENTATION))},
    params={"type": "array", "items": reference_or(DESCRIPTOR)}, result=reference_or(DESCRIPTOR),
    paramStructure={"enum": ["by-name", "by-position", "either"]}, errors={"type": "array", "items": reference_or(ERROR)},
    servers={"type": "array", "items": SERVER}, links={"type": "array"}, examples={"type": "array"},
)
PARTS = {"schemas": SCHEMA, "errors": ERROR, "contentDescriptors": DESCRIPTOR, "links": {}, "examples": {}, "examplePairings": {}, "tags": {}}
KEY = r"^[a-zA-Z0-9.\-_]+$"
DOCUMENT = an_object(
    ["openrpc", "info", "methods"], openrpc={"type": "string", "pattern": r"^1\.[0-3]\.[0-9]+$"},
    info=an_object(
        ["title", "version"], title=TEXT, version=TEXT, description=TEXT, termsOfService=TEXT,
        contact=an_object(name=TEXT, url=TEXT, email=TEXT), license=an_object(["name"], name=TEXT, url=TEXT),
    ),
    servers={"type": "array", "items": SERVER}, methods={"type": "array", "items": reference_or(METHOD)}, externalDocs=DOCUMENTATION,
    components=an_object(**{
        name: {"type": "object", "patternProperties": {KEY: part}, "additionalProperties": False} for name, part in PARTS.items()
    }),
)


def structure(report, document):
    problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in DRAFT(DOCUMENT).iter_errors(document)]
    report.check("it is an OpenRPC 1.3 document", not problems, "; ".join(problems[:5]))
    names = [method["name"] for method in document["methods"]]
    report.check("names of methods are unique", len(names) == len(set(names)), str([name for name in names if names.count(name) > 1] or ""))
    twice, order, codes, dangling = [], [], [], []
    for method in document["methods"]:
        parameters = [parameter["name"] for parameter in method["params"]]
        needed = [parameter.get("required", False) for parameter in method["params"]]
        found = [error["code"] for error in method.get("errors", [])]
        twice += [method["name"]] if len(parameters) != len(set(parameters)) else []
        order += [method["name"]] if needed != sorted(needed, reverse=True) else []
        codes += [method["name"]] if len(found) != len(set(found)) else []
    report.check("names of parameters are unique within a method", not twice, ", ".join(twice))
    report.check("parameters that may be left out come last", not order, ", ".join(order))
    report.check("error codes are unique within a method", not codes, ", ".join(codes))
    for reference in references(document):
        target = document if reference.startswith("#") else None
        for part in reference.removeprefix("#").split("/")[1:]:
            target = target.get(part) if isinstance(target, dict) else None
        dangling += [reference] if target is None else []
    report.check("every reference leads somewhere in the document", not dangling, ", ".join(dangling))


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def reasons(method):
    """The reasons of −32000 that a method names: members of its one error's data."""
    return set().union(*(error["data"]["reasons"] for error in method.get("errors", []) if error["code"] == -32000))


def promised():
    """The tables of Docs/control-api.md: ({method: [(parameter, required)]}, {method: [member of the result]}, events, reasons)."""
    lines = (PROJECT / "Docs/control-api.md").read_text().splitlines()
    tables = {}
    for name in ("methods", "events", "reasons"):
        start = lines.index(f"<!-- {name} -->")
        rows = lines[start + 3 : lines.index("<!-- end -->", start)]
        tables[name] = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    ticked = lambda text: re.findall(r"`([^`]+)`", text)
    methods, results = {}, {}
    for name, parameters, result, *_ in tables["methods"]:
        found = [re.match(r"`(\w+)(\??)`:", part) for part in parameters.split("<br>") if part]
        methods[ticked(name)[0]] = [(match[1], not match[2]) for match in found]
        results[ticked(name)[0]] = sorted(ticked(result))
    return methods, results, [ticked(row[0])[0] for row in tables["events"]], [ticked(row[0])[0] for row in tables["reasons"]]


def completeness(report, document):
    methods, results, events, all_reasons = promised()
    described = {method["name"]: method for method in document["methods"]}
    report.check("every method of the documentation, and no other", list(described) == list(methods), str(set(described) ^ set(methods) or ""))
    wrong = [
        name for name, parameters in methods.items()
        if [(one["name"], one.get("required", False)) for one in described.get(name, {}).get("params", [])] != parameters
    ]
    report.check(f"every parameter, {sum(map(len, methods.values()))} of them", not wrong, ", ".join(wrong))
    wrong = []
    for name, members in results.items():
        schema = described.get(name, {}).get("result", {}).get("schema", {})
        have = sorted(key + ("" if key in schema.get("required", []) else "?") for key in schema.get("properties", {}))
        wrong += [name] if have != members else []
    report.check("every member of the results", not wrong, ", ".join(wrong))
    announced = [event["name"] for one in document.get("x-notifications", []) for event in one.get("events", [])]
    report.check("every event", announced == events, str(set(announced) ^ set(events) or ""))
    named = set().union(*(reasons(method) for method in document["methods"]))
    # Reasons that only methods of later versions have are promised, but nothing served can answer with them.
    report.check("no reason that the documentation lacks", named <= set(all_reasons), ", ".join(sorted(named - set(all_reasons))))
    report.note(f"reasons that no served method names: {', '.join(sorted(set(all_reasons) - named)) or 'none'}")


SAMPLES = {
    "url": "janus+ws://10.77.0.1:1/?room=1", "path": "meeting", "service": "corp", "participant": "nobody", "id": "nothing",
    "from": "2026-01-01T00:00:00.000Z", "to": "2026-01-02T00:00:00.000Z", "paths": ["speaker"], "names": ["health.changed"], "layers": [],
    "subscription": 1, "minBitrate": 0, "interval": 0, "frameRate": 15, "width": 640, "height": 360, "volume": 30, "maxBitrate": 1_000_000,
}
# One of its two parameters must be given, which OpenRPC cannot say but in words.
CHOOSY = {"speaker.set"}
# A number of this connection's own; calls with another are refused.
NUMBERED = {"state.unsubscribe", "events.unsubscribe"}
# Would end the meeting in which the others are to be called.
ENDING = {"meeting.start", "meeting.join", "meeting.leave", "meeting.end", "schedule.join", "participants.remove"}


def sample(parameter, samples):
    if parameter["name"] in samples:
        return samples[parameter["name"]]
    schema = parameter["schema"]
    # What may be left out may be null.
    schema = schema.get("anyOf", [schema])[0]
    if "enum" in schema:
        return schema["enum"][0]
    return {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "array": []}.get(schema.get("type"), "x")


def mismatches(value, schema):
    checker = DRAFT.FORMAT_CHECKER
    errors = list(DRAFT(schema, format_checker=checker).iter_errors(value))
    return [f"{'.'.join(map(str, error.absolute_path)) or 'all of it'}: {error.message[:120]}" for error in errors]


async def truth(report, document, control, where, omitted=frozenset(), **known):
    """Calls everything with what must be given, with everything, by position, and with one parameter too many."""
    samples = {**SAMPLES, **known}
    wrong, unnamed, unknown, shapes, calls = set(), set(), set(), set(), 0
    # What ends what the others need comes last.
    for method in sorted(document["methods"], key=lambda one: one["name"] in NUMBERED):
        name, parameters = method["name"], method["params"]
        if name in omitted:
            continue
        least = {one["name"]: sample(one, samples) for one in parameters if one.get("required")}
        most = {one["name"]: sample(one, samples) for one in parameters}
        for given in (least, most, [sample(one, samples) for one in parameters]):
            calls += 1
            try:
                found = mismatches(await control.call(name, given, timeout=60), method["result"]["schema"])
                wrong |= {f"{name}: {found[0]}"} if found else set()
            except Refused as refusal:
                if refusal.code == -32000:
                    unnamed |= {f"{name}: {refusal.reason}"} if refusal.reason not in reasons(method) else set()
                elif refusal.code not in STANDARD:
                    unnamed.add(f"{name}: {refusal.code}")
                elif name not in NUMBERED and not (name in CHOOSY and given is least):
                    shapes.add(f"{name}: {refusal.text}")
        try:
            await control.call(name, dict(most, surplus=1), timeout=60)
            unknown.add(name)
        except Refused as refusal:
            unknown |= {name} if refusal.code != -32602 or refusal.data.get("parameter") != "surplus" else set()
    report.check(f"{where}: results are as described, {calls} calls", not wrong, "; ".join(sorted(wrong)))
    report.check(f"{where}: parameters as described are understood", not shapes, "; ".join(sorted(shapes)))
    report.check(f"{where}: errors are among those named", not unnamed, ", ".join(sorted(unnamed)))
    report.check(f"{where}: a parameter that is not described is refused", not unknown, ", ".join(sorted(unknown)))
    found = mismatches(await control.call("state.get"), document["components"]["schemas"]["State"])
    report.check(f"{where}: the state is as described", not found, "; ".join(found[:4]))


def told(report, document, control):
    """The events that came so far."""
    schemas = {event["name"]: event["data"] for one in document["x-notifications"] for event in one.get("events", [])}
    wrong = {f"{name}: {found[0]}" for _, name, data in control.events if (found := mismatches(data, schemas.get(name, False)))}
    names = {name for _, name, _ in control.events}
    report.check(f"events are as described, {len(control.events)} of {len(names)} kinds", not wrong, "; ".join(sorted(wrong)))


async def play(scenario):
    report = scenario.report
    _, control = await scenario.room(devices={"speaker": f"file:{scenario.out}/heard.wav"})
    document = await control.call("rpc.discover")
    structure(report, document)
    completeness(report, document)
    await truth(report, document, control, "in no meeting")
    scenario.janus({"id": 1234})
    guest = await scenario.guest("anna", 1234, audio=scenario.speech())
    await control.call("meeting.join", {"url": url(1234)})
    await guest.event("first-frame", 20)
    identity = str(guest.first("joined")[1]["id"])
    await truth(report, document, control, "in a meeting", ENDING, participant=identity)
    await control.call("meeting.leave")
    told(report, document, control)


if __name__ == "__main__":
    main("discovery", "rpc.discover is OpenRPC, complete and true", play)
