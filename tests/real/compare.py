"""What the real components report against what was planned and written: resources to the byte, configuration field by field."""

import copy
import fractions
import json
import re

from machine import cpu_list

SUFFIXES = {"": 1, "m": fractions.Fraction(1, 1000), "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15,
            "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def quantity(text):
    """The exact value of a Kubernetes quantity."""
    found = re.fullmatch(r"([+-]?[0-9.]+)(?:[eE]([+-]?\d+)|([a-zA-Z]*))", str(text))
    if not found:
        raise ValueError(f"{text!r} is no quantity")
    return fractions.Fraction(found[1]) * (fractions.Fraction(10) ** int(found[2]) if found[2] else SUFFIXES[found[3] or ""])


def duration(text):
    """Nanoseconds of a Go duration."""
    if not isinstance(text, str):
        return text
    parts = re.findall(r"([0-9.]+)(ns|us|µs|ms|s|m|h)", text)
    if text.lstrip("+-") != "0" and "".join(n + u for n, u in parts) != text.lstrip("+-"):
        raise ValueError(f"{text!r} is no duration")
    value = sum(fractions.Fraction(number) * UNITS[unit] for number, unit in parts)
    return -value if text.startswith("-") else value


def resources(planned, reported):
    """Every resource in which the node is not what the plan says. A resource that the plan leaves out is planned as none."""
    for name in sorted((planned.keys() | reported.keys()) - {"basis"}):
        a, b = planned.get(name, "0"), reported.get(name)
        if b is None or quantity(a) != quantity(b):
            yield f"{name}: planned {a}, reported {b}"


class Catalogue:
    """`plimsoll fields` of a minor: which fields a kubelet has, of what type, and what they are when unset."""

    def __init__(self, fields):
        self.fields = {f["name"].removeprefix("kubelet/"): f for f in fields
                       if f["kind"] == "field" and f["name"].startswith("kubelet/")}
        # What is compared as one: all settings but objects, whose members are settings too, and but parts of maps and lists.
        self.units = [name for name, f in self.fields.items() if f["role"] == "setting" and not self.is_object(name)
                      and not any(not self.is_object(up) for up in self.parents(name))]

    def is_object(self, name):
        """Whether the members of a field are fields of their own."""
        return self.fields[name]["type"] == "object"

    def parents(self, name):
        """The fields that a field is part of."""
        words = name.replace("[].", ".").split(".")
        return [up for up in (".".join(words[:n]) for n in range(1, len(words))) if up in self.fields]

    def canonical(self, name, value):
        """A value in which two ways to write the same are equal."""
        field = self.fields.get(name, {"type": "string"})
        go = field.get("goType") or ""
        if isinstance(value, list):
            return [self.canonical(f"{name}[]", one) for one in value]
        if isinstance(value, dict):
            if "ResourceList" in go:
                return {key: quantity(one) for key, one in value.items()}
            if f"{name}" in self.fields:
                kind = "duration" if "Duration" in field["type"] or field["type"].endswith("of duration") else None
                return {key: duration(one) if kind else one for key, one in value.items()}
            return {key: self.canonical(f"{name}.{key}", one) for key, one in value.items()}
        if value is not None and field["type"] == "duration":
            return duration(value)
        if value is not None and "Quantity" in go:
            return quantity(value)
        return value

    def same(self, name, a, b):
        """Whether two values of a field mean the same to the kubelet's types. Go leaves out what is zero when it writes JSON, so
        absent is zero, except behind a pointer, where absent is its own answer."""
        pointer = (self.fields[name].get("goType") or "").startswith("*")
        a, b = (None if not pointer and one in (0, False, "", [], {}) else one
                for one in (self.canonical(name, a), self.canonical(name, b)))
        if {type(a), type(b)} & {bool} and type(a) is not type(b):
            return False
        return a == b

    def expected(self, name, *layers):
        """The value by the last layer that has it, else upstream's default."""
        value, found = None, False
        for layer in layers:
            here = look_up(layer, name)
            if here is not None:
                value, found = here, True
        return value if found else self.fields[name].get("default")

    def differences(self, configz, *layers):
        """Every field in which /configz is not the layers over the defaults."""
        for name in self.units:
            want, have = self.expected(name, *layers), look_up(configz, name)
            if not self.same(name, want, have):
                yield name, f"{name}: expected {json.dumps(want)}, reported {json.dumps(have)}"
        for name in leaves(configz, set(self.units)):
            if name not in self.units and name not in ("apiVersion", "kind"):
                yield name, f"{name}: reported {json.dumps(look_up(configz, name))}, but not in the catalogue"


def look_up(document, name):
    """The value at a dotted path, None without one."""
    for word in name.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(word)
    return document


def leaves(document, stop, prefix=""):
    """Dotted paths of what has no members, or is compared as one."""
    for key, value in document.items():
        name = prefix + key
        if isinstance(value, dict) and name not in stop:
            yield from leaves(value, stop, name + ".")
        else:
            yield name


def reported(layer):
    """A file as /configz shows it. The one known difference: with reservedSystemCPUs a kubelet moves all reserved CPUs into
    systemReserved before it starts (`run` in cmd/kubelet/app/server.go), in maps that /configz shares."""
    if not layer.get("reservedSystemCPUs"):
        return layer
    shown = copy.deepcopy(layer)
    shown.get("kubeReserved", {}).pop("cpu", None)
    shown.setdefault("systemReserved", {})["cpu"] = str(len(cpu_list(layer["reservedSystemCPUs"])))
    return shown


def unnoticed(catalogue, plan, status, configz, layers):
    """Falsified copies of equal answers that the comparisons above take for equal."""
    for kind in ("capacity", "allocatable"):
        for name in ("cpu", "memory", "ephemeral-storage", "pods"):
            wrong = dict(status[kind])
            # By the smallest step: a byte, a thousandth of a CPU, a pod.
            step = fractions.Fraction(1, 1000) if name == "cpu" else 1
            wrong[name] = f"{int((quantity(wrong[name]) + step) * 1000)}m"
            if not list(resources(plan[kind], wrong)):
                yield f"{kind} of {name} more by {step}"
            if not list(resources(plan[kind], {key: value for key, value in status[kind].items() if key != name})):
                yield f"no {kind} of {name}"
    for name in catalogue.units:
        wrong = copy.deepcopy(configz)
        *words, last = name.split(".")
        inner = wrong
        for word in words:
            inner = inner.setdefault(word, {})
        inner[last] = other(inner.get(last), catalogue.fields[name]["type"])
        if name not in [found for found, _ in catalogue.differences(wrong, *layers)]:
            yield f"configz with {name} = {json.dumps(inner[last])}"
    if not list(catalogue.differences({**configz, "noSuchField": 1}, *layers)):
        yield "configz with an unknown field"


def other(value, kind):
    """Another value of the same type."""
    if kind == "boolean":
        return not value
    if kind == "duration":
        return "7m13s"
    if kind.startswith("list of"):
        return (value or []) + ["other"]
    if kind.startswith("map of"):
        return {**(value or {}), "other": "1s"}
    if kind in ("integer", "number", "quantity"):
        return 12345
    return "other"
