#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what peerway meant to send with what a standard-library server received.

usage: compare.py SENT RECEIVED   prints "N passed, N failed"
"""
import json
import sys
import urllib.parse


def flatten(name, value, out):
    """Name.1.Field by the documented rules: lists from 1, booleans in lower case, nothing for empty ones."""
    if isinstance(value, dict):
        for key, item in value.items():
            flatten(f"{name}.{key}", item, out)
    elif isinstance(value, list):
        for index, item in enumerate(value, 1):
            flatten(f"{name}.{index}", item, out)
    elif isinstance(value, bool):
        out[name] = "true" if value else "false"
    elif value is not None:
        out[name] = str(value)


def expectation(sent):
    """The query, form, path and JSON body that a call has to arrive with."""
    query, form, path, body = {}, {}, sent.get("path") or "/", {}
    for name, value in sent["params"].items():
        spec = sent["specs"][name]
        wire, place = spec.get("wire"), spec.get("place", "query")
        if wire == "json" and not isinstance(value, str):
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        elif wire == "comma" and isinstance(value, list):
            value = ",".join(value)
        if place == "path":
            path = path.replace("{" + name + "}", urllib.parse.quote(value, safe="-_.~"))
        elif place == "json":
            body[name] = value
        else:
            flatten(name, value, form if place == "form" else query)
    return query, form, path, body


def problems_of(sent, received):
    query, form, path, body = expectation(sent)
    if sent["anonymous"]:
        query["Format"] = "json"  # as the official cores add it to unsigned RPC calls
    unsigned = ["no ACS3 Authorization header"]
    found = list(received["problems"])
    if sent["anonymous"]:
        found = [] if found == unsigned else ["is signed although the operation is anonymous"]
    if received["headers"].get("x-acs-action") != [sent["action"]]:
        found.append("x-acs-action is " + str(received["headers"].get("x-acs-action")))
    if received["headers"].get("x-acs-version") != [sent["version"]]:
        found.append("x-acs-version differs")
    if received["path"] != path:
        found.append(f"path is {received['path']}, not {path}")
    for place, wanted, pairs in (("query", query, received["query"]), ("form", form, received["form"])):
        got = dict(pairs)
        if len(got) != len(pairs):
            found.append(f"a name stands twice in the {place}")
        for name in sorted(set(wanted) | set(got)):
            if wanted.get(name) != got.get(name):
                found.append(f"{place} {name}: {got.get(name)!r}, not {wanted.get(name)!r}")
    if body and json.loads(received["body"]) != body:
        found.append("JSON body differs")
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        sent = [json.loads(line) for line in file]
    with open(sys.argv[2], encoding="utf-8") as file:
        received = [json.loads(line) for line in file]
    passed = failed = 0
    if len(sent) != len(received):
        print(f"FAILED  {len(sent)} requests sent, {len(received)} received")
        failed += 1
    for one, other in zip(sent, received):
        found = problems_of(one, other)
        if found:
            failed += 1
            print(f"FAILED  {one['product']} {one['action']}: " + "; ".join(found[:5]))
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
