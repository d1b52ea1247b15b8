#!/usr/bin/python3
"""Holds each line of a file to OTLP/JSON: an ExportLogsServiceRequest by its .proto, no field unknown, attributes by the
semantic conventions.

    check_otlp.py FILE      prints how many log records there are
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

HERE = Path(__file__).resolve().parent
SERVICE = "opentelemetry/proto/collector/logs/v1/logs_service.proto"
LOGS = "opentelemetry/proto/logs/v1/logs.proto"
VALUES = {"string": "string_value", "int": "int_value", "string[]": "array_value"}
LABELS = "container.label."  # behind it, whatever a label is called
SEVERITIES = {9: "INFO", 13: "WARN", 17: "ERROR"}


def request_type():
    """The message, as protoc reads its definition."""
    compiled = subprocess.run(
        ["protoc", f"--proto_path={HERE}", "--include_imports", "--descriptor_set_out=/dev/stdout", SERVICE],
        check=True, capture_output=True).stdout
    files = descriptor_pb2.FileDescriptorSet.FromString(compiled).file
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        if file.name == LOGS:
            add_event_name(file)
        pool.Add(file)
    name = "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest"
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


def add_event_name(file):
    """What the files here do not have yet: field 12 of LogRecord, since opentelemetry-proto 1.5.0."""
    record, = [message for message in file.message_type if message.name == "LogRecord"]
    assert "event_name" not in [field.name for field in record.field]
    field = descriptor_pb2.FieldDescriptorProto
    record.field.add(name="event_name", json_name="eventName", number=12, type=field.TYPE_STRING,
                     label=field.LABEL_OPTIONAL)


def conventions():
    lines = (HERE / "semantic_conventions.txt").read_text(encoding="ascii").splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


def check_attributes(attributes, known):
    keys = [attribute.key for attribute in attributes]
    assert len(keys) == len(set(keys)), f"twice: {sorted(keys)}"
    for attribute in attributes:
        kind = attribute.value.WhichOneof("value")
        assert kind, f"{attribute.key} has no value"
        if attribute.key.startswith(LABELS):
            assert len(attribute.key) > len(LABELS) and kind == VALUES[known[f"{LABELS}*"]], attribute.key
            continue
        assert re.fullmatch(r"[a-z][a-z0-9_-]*(\.[a-z0-9/_-]+)*", attribute.key), attribute.key
        if attribute.key.startswith("tcpblame."):
            continue
        assert attribute.key in known, f"{attribute.key} is in no convention"
        assert kind == VALUES[known[attribute.key]], f"{attribute.key} is a {kind}"
        if kind == "array_value":
            assert all(each.WhichOneof("value") == "string_value" for each in attribute.value.array_value.values), attribute.key


def check_names(text):
    """Those of JSON, not of the .proto: lowerCamelCase."""
    def pairs(members):
        for name, _ in members:
            assert re.fullmatch(r"[a-z][A-Za-z]*", name), name
        return dict(members)
    parsed = json.loads(text, object_pairs_hook=pairs)
    for scope in parsed["resourceLogs"][0]["scopeLogs"]:
        for record in scope["logRecords"]:
            assert isinstance(record["timeUnixNano"], str)
            assert isinstance(record["severityNumber"], int), "an enumeration is a number there"


def check(text, request, known):
    assert text.isascii(), "not of ASCII alone"
    check_names(text)
    json_format.Parse(text, request, ignore_unknown_fields=False)
    resource_logs, = request.resource_logs
    scope_logs, = resource_logs.scope_logs
    record, = scope_logs.log_records
    check_attributes(resource_logs.resource.attributes, known)
    check_attributes(record.attributes, known)
    assert "service.name" in [attribute.key for attribute in resource_logs.resource.attributes]
    assert scope_logs.scope.name == "tcpblame"
    assert record.time_unix_nano > 0 and record.observed_time_unix_nano >= record.time_unix_nano
    assert SEVERITIES[record.severity_number] == record.severity_text
    assert record.body.string_value
    assert re.fullmatch(r"tcpblame\.(start|verdict|teardown|lost|end)", record.event_name), record.event_name


def main():
    message, known = request_type(), conventions()
    count = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            try:
                check(line, message(), known)
            except (AssertionError, json_format.ParseError, ValueError, KeyError) as error:
                sys.exit(f"line {count + 1}: {type(error).__name__}: {error}\n{line}")
            count += 1
    print(f"{count} records")


if __name__ == "__main__":
    main()
