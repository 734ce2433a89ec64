# SPDX-License-Identifier: MIT
"""Costs of the mission against a sandbox on a socket with cloud-like times; figures only, nothing is asserted.

Bars, printed beside the figures: 21 calls for apply in mode endpoint (preflight to the last route, without the
access probe), 6 for a plan that has nothing to do, apply no longer than the longest chain of the cloud's own
times + 2 round trips + 1 s, peak memory below 32 MB, the first signed request 15 ms after the start.
"""
import collections
import json
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAM, EXAMPLES = sys.argv[1], os.path.realpath(sys.argv[2])
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIsandboxdefault",
       "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "sandbox-default-secret-not-a-real-one"}
ROUND_TRIP = 0.001  # loopback
PEERING, ROUTE, ZONE, CONNECTION, INVOCATION = 3, 3, 5, 2, 1  # scripts/sandbox/settings.lua
# Longest chain of each mode: what has to happen one after another, with one route write at a time for a VPC.
CHAINS = {
    "analytics": INVOCATION + PEERING + 4 * ROUTE + INVOCATION,
    "analytics-swapped": INVOCATION + PEERING + 4 * ROUTE + INVOCATION,
    "analytics-endpoint": max(PEERING + ROUTE, ZONE + CONNECTION) + INVOCATION,
}


class Sandbox:
    """`peerway sandbox` on a free port, with the times of the defaults."""

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "sandbox", "--json"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def calls(self):
        with urllib.request.urlopen(self.endpoint + "/_sandbox/calls") as answer:
            return json.load(answer)["calls"]


def peak_memory(pid):
    """VmHWM in MB so far; it never falls. (ru_maxrss would count this Python, from before the exec.)"""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return max((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")), default=0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def run(endpoint, folder, *arguments):
    """Exit code, seconds, peak memory in MB of one command."""
    environment = dict(os.environ, PEERWAY_ENDPOINT=endpoint, HOME=folder, **KEY)
    memory, started = 0, time.monotonic()
    with tempfile.TemporaryFile() as message:
        child = subprocess.Popen([PROGRAM, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                                 stderr=message)
        while child.poll() is None:
            memory = max(memory, peak_memory(child.pid))
            time.sleep(0.002)
        seconds = time.monotonic() - started
        if child.returncode not in (0, 2):
            message.seek(0)
            sys.exit(f"mission_bench: {' '.join(arguments)} ended with {child.returncode}:\n{message.read().decode()}")
    return child.returncode, seconds, memory


def per_product(calls):
    count = collections.Counter(call["product"] for call in calls)
    return ", ".join(f"{product} {number}" for product, number in sorted(count.items()))


def without_probe(calls):
    """Calls up to the one that sends the access probe (the last RunCommand)."""
    last = max((i for i, call in enumerate(calls) if call["action"] == "RunCommand"), default=len(calls))
    return last


def mission(name):
    folder = tempfile.mkdtemp()
    shutil.copy(f"{EXAMPLES}/{name}.lua", folder)
    print(f"\n{name}")
    bar = CHAINS[name] + 2 * ROUND_TRIP + 1
    for title in ("apply, times unknown", "apply, times known"):
        with Sandbox() as box:
            _, seconds, memory = run(box.endpoint, folder, "apply", "--auto-approve", f"{name}.lua")
            calls = box.calls()
            extra = "   bar 21" if name == "analytics-endpoint" else ""
            print(f"  {title:22} {without_probe(calls):3} calls{extra} ({per_product(calls)}, probe included)")
            print(f"  {'':22} {seconds:6.2f} s  bar {bar:.2f} s (chain {CHAINS[name]} s)   {memory:5.1f} MB  bar 32 MB")
            before = len(calls)
            code, seconds, memory = run(box.endpoint, folder, "plan", f"{name}.lua")
            calls = box.calls()[before:]
            print(f"  {'plan, nothing to do':22} {len(calls):3} calls   bar 6 ({per_product(calls)}) exit {code}"
                  f"   {seconds * 1e3:.0f} ms   {memory:.1f} MB")
            # The next cloud is a new one: the ledger keeps the pace it saw, and forgets the objects.
            run(box.endpoint, folder, "destroy", "--auto-approve", f"{name}.lua")
    _, _, memory = run("http://127.0.0.1:1", folder, "apply", "--sandbox", "--auto-approve", "--time-scale", "0",
                       f"{name}.lua")
    print(f"  {'with --sandbox inside':22} {memory:5.1f} MB   bar 32 MB")
    shutil.rmtree(folder)


def first_request():
    """Milliseconds from exec to the arrival of the first signed request, median of 20."""
    answer = b'{"RequestId":"R","AccountId":"1","Arn":"a","IdentityType":"Account","PrincipalId":"1","UserId":"1"}'
    times = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = dict(os.environ, PEERWAY_ENDPOINT=f"http://127.0.0.1:{server.getsockname()[1]}", **KEY)
        for _ in range(22):
            started = time.monotonic()
            child = subprocess.Popen([PROGRAM, "whoami"], env=environment, stdout=subprocess.DEVNULL)
            connection, _ = server.accept()
            request = connection.recv(65536)
            times.append(time.monotonic() - started)
            if b"uthorization" not in request and b"Signature" not in request:
                sys.exit("mission_bench: the first request is not signed")
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
            connection.sendall(head + answer)
            select.select([connection], [], [], 2)
            connection.close()
            child.wait()
    start = statistics.median(spawn() for _ in range(22))
    times = times[2:]
    print(f"\nfirst signed request: median {statistics.median(times) * 1e3:.1f} ms, "
          f"best {min(times) * 1e3:.1f} ms after exec   bar 15 ms   (starting /bin/true that way: {start * 1e3:.1f} ms)")


def spawn():
    started = time.monotonic()
    subprocess.run(["/bin/true"], check=True)
    return time.monotonic() - started


print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
first_request()
for mode in CHAINS:
    mission(mode)
