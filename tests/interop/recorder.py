#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An HTTP server that checks ACS3 signatures with nothing but the standard library.

usage: recorder.py PORT_FILE LOG SECRET   (stops when its stdin is closed)
Every request is parsed by http.server, its signature recomputed from the headers named in SignedHeaders,
its parameters decoded, and one JSON line with the findings is written to LOG.
"""
import hashlib
import hmac
import http.server
import json
import re
import sys
import threading
import urllib.parse

AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})\Z")


def encode(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


def canonical_path(path):
    return "/".join(encode(urllib.parse.unquote(part)) for part in path.split("/"))


def expected_signature(method, target, headers, names, secret):
    """The signature of a received request, by the documented rules."""
    path, _, query = target.partition("?")
    lines = "".join(f"{name}:{','.join(sorted(value.strip() for value in headers[name]))}\n" for name in names)
    request = "\n".join([method, canonical_path(path), canonical_query(query), lines, ";".join(names),
                         headers["x-acs-content-sha256"][0]])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def judge(method, target, headers, body, secret, nonces):
    """Problems of a request; an empty list when it is right."""
    match = AUTHORIZATION.match(headers.get("authorization", [""])[0])
    if not match:
        return ["no ACS3 Authorization header"]
    problems = []
    names = match.group(2).split(";")
    must = {name for name in headers if name == "host" or name == "content-type" or name.startswith("x-acs-")}
    if names != sorted(must):
        problems.append(f"signed headers are {names}, must be {sorted(must)}")
    if headers["x-acs-content-sha256"][0] != hashlib.sha256(body).hexdigest():
        problems.append("body hash differs")
    if not hmac.compare_digest(match.group(3), expected_signature(method, target, headers, names, secret)):
        problems.append("signature differs")
    nonce = headers["x-acs-signature-nonce"][0]
    if nonce in nonces:
        problems.append("nonce used twice")
    nonces.add(nonce)
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", headers["x-acs-date"][0]):
        problems.append("x-acs-date is malformed")
    if body and "content-type" not in headers:
        problems.append("body without content-type")
    if not body and "content-type" in headers:
        problems.append("content-type without body")
    return problems


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    secret, log, lock, nonces = "", None, threading.Lock(), set()

    def handle_any(self):
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path, _, query = self.path.partition("?")
        form = headers.get("content-type", [""])[0].startswith("application/x-www-form-urlencoded")
        with self.lock:
            record = {
                "method": self.command, "target": self.path, "path": path, "headers": headers,
                "query": urllib.parse.parse_qsl(query, keep_blank_values=True),
                "form": urllib.parse.parse_qsl(body.decode(), keep_blank_values=True) if form else [],
                "body": body.decode("utf-8", "replace"),
                "problems": judge(self.command, self.path, headers, body, self.secret, self.nonces),
            }
            self.log.write(json.dumps(record) + "\n")
            self.log.flush()
        answer = b'{"RequestId":"00000000-0000-0000-0000-000000000000"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *_):
        pass


def main():
    port_file, log_file, Recorder.secret = sys.argv[1:4]
    with open(log_file, "w", encoding="utf-8") as Recorder.log:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        with open(port_file, "w", encoding="utf-8") as out:
            out.write(str(server.server_address[1]))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
