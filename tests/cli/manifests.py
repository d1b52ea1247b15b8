"""The Kubernetes manifests against the API's types, as Debian's python3-kubernetes has them, and the Helm chart against
the manifests.

    manifests.py check FILE...                  prints what the API would not take
    manifests.py render CHART [NAME=VALUE]...   prints what helm template would, with these values; as JSON, a document a line
    manifests.py json FILE...                   the documents as JSON, a line each

Of Helm's templates it knows what the chart uses, and refuses the rest.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

import yaml
from kubernetes import client

SCALARS = {"str": str, "int": int, "bool": bool}
# Types of custom resources that no package has.
UNKNOWN = {"monitoring.coreos.com/v1"}


def documents_of(path):
    return list(yaml.safe_load_all(Path(path).read_text()))


def model_of(document):
    version = document["apiVersion"].rpartition("/")[2].title()
    return getattr(client, version + document["kind"])


def mistakes(document):
    """Fields that the API's type does not have, values of another type, and what has to be there and is not."""
    pending = [(document["kind"], document, model_of(document).__name__)]
    while pending:
        where, value, kind = pending.pop()
        if of_list := re.fullmatch(r"list\[(.*)\]", kind):
            if not isinstance(value, list):
                yield f"{where} is no list"
                continue
            pending += [(f"{where}[{index}]", each, of_list[1]) for index, each in enumerate(value)]
        elif of_dict := re.fullmatch(r"dict\(str, (.*)\)", kind):
            pending += [(f"{where}.{key}", each, of_dict[1]) for key, each in value.items()]
        elif kind in SCALARS:
            if type(value) is not SCALARS[kind]:
                yield f"{where} is {value!r}, not of type {kind}"
        elif kind != "object":
            model = getattr(client, kind)
            fields = {name: model.openapi_types[attribute] for attribute, name in model.attribute_map.items()}
            yield from (f"{where} has no field {key}" for key in value if key not in fields)
            pending += [(f"{where}.{key}", each, fields[key]) for key, each in value.items() if key in fields]
            try:
                model(**{attribute: value.get(name) for attribute, name in model.attribute_map.items()})
            except ValueError as missing:
                yield f"{where}: {missing}"


def value_at(path, scope):
    found = scope
    for name in path.strip(".").split("."):
        found = found[name]
    return found


def as_yaml(value):
    return yaml.safe_dump(value, default_flow_style=False).rstrip("\n")


FUNCTIONS = {
    "nindent": lambda value, count: "\n" + "\n".join(" " * int(count) + line for line in value.rstrip("\n").split("\n")),
    "sha256sum": lambda value: hashlib.sha256(value.encode()).hexdigest(),
    "toYaml": as_yaml,
    "default": lambda value, other: value or other,
}


def evaluate(expression, scope):
    value = None
    for index, stage in enumerate(expression.split("|")):
        name, *arguments = stage.split()
        arguments = [value_at(each, scope) if each.startswith(".") else each for each in arguments]
        if index == 0 and name.startswith("."):
            value = value_at(name, scope)
        elif index == 0:
            value = FUNCTIONS[name](*arguments)
        else:
            value = FUNCTIONS[name](value, *arguments)
    return str(value)


def rendered(text, scope):
    whole = re.fullmatch(r"\{\{- if (\S+) \}\}\n(.*)\{\{- end \}\}\n", text, re.DOTALL)
    if whole:
        text = whole[2] if value_at(whole[1], scope) else ""
    text = re.sub(r"\s*\{\{- (.+?) \}\}", lambda found: evaluate(found[1], scope), text)
    return re.sub(r"\{\{ (.+?) \}\}", lambda found: evaluate(found[1], scope), text)


def render(chart, *settings):
    about = yaml.safe_load(Path(chart, "Chart.yaml").read_text())
    values = yaml.safe_load(Path(chart, "values.yaml").read_text())
    for setting in settings:
        path, _, text = setting.partition("=")
        *parents, name = path.split(".")
        place = value_at(".".join(parents), values) if parents else values
        assert name in place, f"the chart has no value {path}"
        place[name] = yaml.safe_load(text)
    scope = {"Values": values, "Release": {"Namespace": "tcpblame"}, "Chart": {"AppVersion": about["appVersion"]}}
    for template in sorted(Path(chart, "templates").iterdir()):
        yield from (each for each in yaml.safe_load_all(rendered(template.read_text(), scope)) if each)


def main(action, *arguments):
    if action == "check":
        found = [f"{path}: {mistake}" for path in arguments for document in documents_of(path)
                 if document["apiVersion"] not in UNKNOWN for mistake in mistakes(document)]
        print(*found, sep="\n", end="\n" if found else "")
        return 1 if found else 0
    documents = render(*arguments) if action == "render" else (each for path in arguments for each in documents_of(path))
    for each in documents:
        print(json.dumps(each, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
