#!/usr/bin/python3
"""Holds each line of a file to the Elastic Common Schema: every field is there by that name, of its type and of its values.

    check_ecs.py FILE       prints how many documents there are
"""

import ipaddress
import json
import re
import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "ecs_fields.txt"
OWN = "tcpblame"
LABELS = "container.labels."  # an object of keywords


def is_ip(value):
    return isinstance(value, str) and bool(ipaddress.ip_address(value))


CHECKS = {
    "keyword": lambda value: isinstance(value, str) and value != "",
    "match_only_text": lambda value: isinstance(value, str) and value != "",
    "long": lambda value: type(value) is int and -2**63 <= value < 2**63,
    "ip": is_ip,
    "date": lambda value: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", value) is not None,
}


def read_table():
    fields, categories, version = {}, {}, ""
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if line.startswith("#"):
            version = version or re.search(r"Schema ([0-9.]+):", line).group(1)
        elif line.startswith("category."):
            name, types = line.removeprefix("category.").split()
            categories[name] = types.split(",")
        else:
            name, kind, many, allowed = line.split()
            fields[name] = (kind, many == "array", None if allowed == "-" else allowed.split(","))
    return fields, categories, version


def flattened(document):
    """Its leaves by their whole names, but for our own."""
    waiting = [(name, value) for name, value in document.items() if name != OWN]
    flat = {}
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            assert value, f"{name} is empty"
            waiting += [(f"{name}.{inner}", each) for inner, each in value.items()]
        else:
            flat[name] = value
    return flat


def check(document, fields, categories, version):
    flat = flattened(document)
    for name, value in flat.items():
        if name.startswith(LABELS):
            name = f"{LABELS}*"
        assert name in fields, f"{name} is no field of ECS"
        kind, many, allowed = fields[name]
        assert isinstance(value, list) == many, f"{name}: {value}"
        for each in value if many else [value]:
            assert CHECKS[kind](each), f"{name} is no {kind}: {each}"
            assert allowed is None or each in allowed, f"{name} may not be {each}"
    for required in ("@timestamp", "ecs.version", "event.kind", "message"):
        assert required in flat, f"{required} is missing"
    assert flat["ecs.version"] == version
    for category in flat.get("event.category", []):
        for kind in flat["event.type"]:
            assert kind in categories[category], f"event.type {kind} in the category {category}"
    assert isinstance(document[OWN], dict)


def main():
    table = read_table()
    count = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            try:
                assert line.isascii(), "not of ASCII alone"
                check(json.loads(line), *table)
            except (AssertionError, ValueError, KeyError) as error:
                sys.exit(f"line {count + 1}: {type(error).__name__}: {error}\n{line}")
            count += 1
    print(f"{count} documents")


if __name__ == "__main__":
    main()
