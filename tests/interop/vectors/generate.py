# SPDX-License-Identifier: MIT
"""Drives the official Python clients (openapi core, PyODPS) with pinned time, nonces and fake keys, and writes
what they sent to tests/data/sign_vectors_python.txt. The same versions give the same file.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python generate.py
"""
import base64
import datetime
import hashlib
import http.server
import os
import threading
from urllib.parse import urlencode

import odps.accounts
import requests
from alibabacloud_credentials.client import Client as Credential
from alibabacloud_tea_openapi import client as core_client
from alibabacloud_tea_openapi import utils_models as models
from alibabacloud_tea_openapi.utils import Utils
from darabonba.runtime import RuntimeOptions

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "sign_vectors_python.txt")
PORT = 18081
START = 1714521600
lines = []
state = {"counter": 0, "clock": START}


def draw():
    state["counter"] += 1
    return hashlib.sha256(b"peerway python vectors %d" % state["counter"]).digest()


def below(limit):
    return int.from_bytes(draw()[:4], "little") % limit


def pick(items):
    return items[below(len(items))]


def iso():
    return datetime.datetime.fromtimestamp(state["clock"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc():
    return datetime.datetime.fromtimestamp(state["clock"], datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")


Utils.get_timestamp = staticmethod(iso)
Utils.get_nonce = staticmethod(lambda: draw().hex())
Utils.get_date_utcstring = staticmethod(rfc)
odps.accounts.datetime_utcnow = lambda: datetime.datetime.fromtimestamp(
    state["clock"], datetime.timezone.utc).replace(tzinfo=None)


def escape(text):
    data = text.encode() if isinstance(text, str) else text
    return "".join(chr(c) if 0x20 <= c <= 0x7E and c != 0x25 else "%%%02X" % c for c in data)


DROPPED = {"connection", "content-length", "transfer-encoding", "accept-encoding"}


def record(client, scheme, key, method, target, headers, body, **fields):
    out = ["client=" + client, "scheme=" + scheme, "id=" + key[0], "secret=" + escape(key[1])]
    if len(key) > 2:
        out.append("token=" + escape(key[2]))
    out += ["%s=%s" % item for item in fields.items()]
    out += ["time=%d" % state["clock"], "method=" + method, "target=" + escape(target)]
    signed = dict((k.lower(), v) for k, v in headers).get("authorization", "")
    for name, value in headers:
        # The HTTP library may replace what the client signed only where it is not signed.
        if name.lower() not in DROPPED or name.lower() in signed:
            out.append("h=%s:%s" % (escape(name), escape(value)))
    if body:
        out.append("body=" + escape(body))
    lines.append("\t".join(out))
    state["clock"] += 1 + below(86400)


VALUES = ["eu-central-1", "", " ", "a b", "a+b", "a*b", "~", "it's", "(x)!", "k=v&w", "100%", "é", "网络", "😀", "a/b:c@d,e;f$g?h#i",
          "x" * 60, "acs:ram::1:role/r", "[1]", '{"a":1}', "1234567890123456789", "\\"]
NAMES = ["RegionId", "VpcId", "Name", "Tag.1.Key", "Tag.10.Key", "Tag.2.Key", "a", "A", "Z", "_x", "dash-ed"]
KEYS = [("testid", "testsecret"), ("LTAI5tExampleExample", "/+=~ %26&*!()网"), ("STS.testid", "testStsSecret", "CAIS+/token==")]


def query():
    return {pick(NAMES): pick(VALUES) for _ in range(below(8))}


# --- the openapi core: signs every header that it sets ---
received = {}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        received.update(method=self.command, target=self.path, body=body,
                        headers=[(k, v.encode("latin-1")) for k, v in self.headers.items()])
        text = b'{"RequestId":"1"}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def log_message(self, *args):
        pass


def core_call(signature):
    key = pick(KEYS)
    config = models.Config(endpoint="127.0.0.1:%d" % PORT, protocol="http", access_key_id=key[0],
                           access_key_secret=key[1], security_token=key[2] if len(key) > 2 else None,
                           signature_algorithm=signature)
    style = pick(["RPC", "RPC", "ROA"])
    method = pick(["POST", "GET"]) if style == "RPC" else pick(["GET", "PUT", "POST", "DELETE"])
    request_type = pick(["formData", "json"]) if signature is None or style == "ROA" else "formData"
    params = models.Params(action="DescribeVpcs", version="2016-04-28", protocol="HTTP", method=method, auth_type="AK",
                           style=style, pathname="/" if style == "RPC" else pick(["/", "/api/v1/projects/a%20b", "/x.y/z-1~"]),
                           req_body_type=request_type, body_type="json")
    body = query() if method in ("POST", "PUT") and below(2) else None
    request = models.OpenApiRequest(query=query(), body=body or None)
    client = core_client.Client(config)
    client.call_api(params, request, RuntimeOptions())
    scheme = "acs3" if signature is None else "rpc" if style == "RPC" else "roa"
    headers = [(k, v.decode("latin-1").encode("latin-1")) for k, v in received["headers"]]
    record("openapi-python", scheme, key, received["method"], received["target"],
           [(k, v.decode()) for k, v in headers], received["body"], style=style, verify="only")


# --- PyODPS ---
def odps_call(region):
    key = pick(KEYS[:2])
    endpoint = "https://service.eu-central-1-vpc.maxcompute.aliyun-inc.com/api"
    path = pick(["/projects/p", "/projects/example_project/tables", "/projects/p/tables/a%20b", "/projects/p/instances/2024"])
    params = [(pick(["expectmarker", "name", "curr_project", "instancestatus", "x-odps-y", "owner"]), pick(VALUES))
              for _ in range(below(5))]
    headers = {"Date": rfc(), "User-Agent": "pyodps/0.12", "x-odps-user-agent": "pyodps/0.12"}
    body = pick(["", "<Job/>", '{"a":1}'])
    method = "POST" if body else pick(["GET", "PUT", "DELETE"])
    if body:
        headers["Content-Type"] = "application/xml"
        if below(2):
            headers["Content-MD5"] = base64.b64encode(hashlib.md5(body.encode()).digest()).decode()
    url = endpoint + path + ("?" + urlencode(dict(params)) if params else "")
    request = requests.Request(method, url, headers=headers, data=body or None).prepare()
    odps.accounts.CloudAccount(key[0], key[1]).sign_request(request, endpoint, region)
    host, target = request.url[len("https://"):].split("/", 1)
    sent = [("Host", host)] + [(k, v.decode() if isinstance(v, bytes) else v) for k, v in request.headers.items()]
    fields = {"region": region} if region else {}
    record("pyodps", "odps", key, method, "/" + target, sent, body.encode(), **fields)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in range(70):
        core_call(None)
    for _ in range(50):
        core_call("v2")
    for _ in range(40):
        odps_call(None)
    for _ in range(40):
        odps_call(pick(["eu-central-1", "ap-southeast-1"]))
    server.shutdown()
    with open(OUT, "w") as out:
        out.write("# %d requests as sent by %s; made by tests/interop/vectors/generate.py\n" % (
            len(lines), "alibabacloud-tea-openapi 0.4.6, pyodps 0.12.5.1"))
        out.write("\n".join(lines) + "\n")


main()
