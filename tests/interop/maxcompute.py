#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PyODPS against the sandbox's MaxCompute service: projects, tables, SQL, Tunnel, and refusals.

usage: SANDBOX=127.0.0.1:PORT maxcompute.py    prints "N passed, N failed"
"""
import os
import sys

from odps import ODPS, errors, options

HOST = os.environ["SANDBOX"]
KEY, SECRET = "LTAIsandboxdefault", "sandbox-default-secret-not-a-real-one"
PROJECT = "analytics_demo"
counts = {"passed": 0, "failed": 0}


def client(secret=SECRET, key=KEY, project=PROJECT, region=None):
    return ODPS(key, secret, project, endpoint=f"http://{HOST}/api", tunnel_endpoint=f"http://{HOST}",
                region_name=region)


def check(name, function):
    """Counts one check; a function that raises has failed."""
    try:
        result = function()
    except Exception as error:  # every kind of failure is a failed check, with its text
        counts["failed"] += 1
        print(f"FAILED  {name}\n        {type(error).__name__}: {error}")
        return None
    counts["passed"] += 1
    return result


def same(actual, expected):
    if actual != expected:
        raise AssertionError(f"got {actual!r}, expected {expected!r}")


def refused(kind, function):
    try:
        result = function()
    except kind:
        return
    raise AssertionError(f"was not refused with {kind.__name__}: {result!r}")


def project_of(odps):
    project = odps.get_project(PROJECT)
    project.reload()
    return project.name


def query_one(odps):
    instance = odps.execute_sql("select 1")
    instance.wait_for_success(timeout=60)
    with instance.open_reader(tunnel=False) as reader:
        return reader.raw


def rows_by_tunnel(odps, name):
    table = odps.get_table(name)
    with table.open_reader() as reader:
        return reader.count, len(list(reader))


def main():
    options.retry_times = 1
    odps = client()
    check("the project, legacy signature", lambda: same(project_of(odps), PROJECT))
    options.enable_v4_sign = True
    check("the project, V4 signature", lambda: same(project_of(client(region="ap-southeast-1")), PROJECT))
    check("projects that do not exist", lambda: same(client(project="nobody").exist_project("nobody"), False))
    check("a wrong secret", lambda: refused(errors.ODPSError, lambda: project_of(client(secret="wrong"))))
    check("an unknown key", lambda: refused(errors.ODPSError, lambda: project_of(client(key="LTAIunknown"))))
    tables = check("tables", lambda: [table.name for table in odps.list_tables()]) or []
    check("a table that does not exist", lambda: same(odps.exist_table("no_such_table"), False))
    check("select 1", lambda: "1" in query_one(odps) or same(query_one(odps), "a row with 1"))
    for name in tables[:1]:
        check(f"schema of {name}", lambda: odps.get_table(name).table_schema.columns[0].name)

        def read():
            count, read_rows = rows_by_tunnel(odps, name)
            same(read_rows, count)
        check(f"rows of {name} by Tunnel", read)
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
