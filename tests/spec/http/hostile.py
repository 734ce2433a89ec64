#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# A raw TCP server that misbehaves as the path asks. Prints its port; GET /count tells how many
# requests came since the last /count. Standard library only.
import itertools
import os
import socket
import struct
import sys
import threading
import time

requests = 0
CHUNK = b"x" * 65536


def head(status=b"200 OK", *fields):
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(f + b"\r\n" for f in fields) + b"\r\n"


def repeat(connection, data, pause=0.0):
    while True:
        connection.sendall(data)
        if pause:
            time.sleep(pause)


def slowly(connection, data, pause):
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pause)


def announced_gib(c):
    c.sendall(head(b"200 OK", b"Content-Length: 1073741824"))
    repeat(c, CHUNK)


def chunked_gib(c):
    c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked"))
    repeat(c, b"10000\r\n" + CHUNK + b"\r\n")


def endless_gib(c):
    c.sendall(head(b"200 OK", b"Connection: close"))
    repeat(c, CHUNK)


def endless_headers(c):
    c.sendall(b"HTTP/1.1 200 OK\r\n")
    for i in itertools.count():
        c.sendall(b"X-%d: %s\r\n" % (i, b"y" * 100))


def many_headers(c):
    c.sendall(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000 + b"\r\n")


def long_header(c):
    c.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    repeat(c, CHUNK)


def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


SCRIPTS = {
    "gib": announced_gib,
    "gib-chunked": chunked_gib,
    "gib-endless": endless_gib,
    "endless-headers": endless_headers,
    "many-headers": many_headers,
    "long-header": long_header,
    "endless-100": lambda c: (repeat(c, b"HTTP/1.1 100 Continue\r\n\r\n")),
    "slow-head": lambda c: (c.sendall(b"HTTP/1.1 200 OK\r\n"), slowly(c, b"X: " + b"y" * 1000, 0.05)),
    "slow-body": lambda c: (c.sendall(head(b"200 OK", b"Content-Length: 1000")), slowly(c, b"z" * 1000, 0.05)),
    "silence": lambda c: time.sleep(60),
    "cut-head": lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "cut-length": lambda c: c.sendall(head(b"200 OK", b"Content-Length: 100") + b"only this"),
    "cut-chunk": lambda c: c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n9\r\nwor"),
    "cut-last-chunk": lambda c: c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n"),
    "close": lambda c: None,
    "reset": reset,
    "garbage": lambda c: c.sendall(os.urandom(4096)),
    "http09": lambda c: c.sendall(b"<html>an answer without a head</html>"),
    "bad-status": lambda c: c.sendall(b"HTTP/1.1 abc OK\r\n\r\n"),
    "bad-version": lambda c: c.sendall(b"HTTP/7.3 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "bad-chunk": lambda c: c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked") + b"zz\r\nhello\r\n0\r\n\r\n"),
    "huge-chunk": lambda c: c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked") + b"f" * 40 + b"\r\n"),
    "negative-length": lambda c: c.sendall(head(b"200 OK", b"Content-Length: -5") + b"hello"),
    "two-lengths": lambda c: c.sendall(head(b"200 OK", b"Content-Length: 5", b"Content-Length: 50") + b"hello"),
    "nul-header": lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"),
    "no-colon": lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n"),
    "folded": lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 2\r\n\r\nok"),
    "interim": lambda c: c.sendall(head(b"100 Continue") + head(b"103 Early Hints", b"Link: x")
                                   + head(b"200 OK", b"Content-Length: 2") + b"ok"),
    "trailer": lambda c: c.sendall(head(b"200 OK", b"Transfer-Encoding: chunked")
                                   + b"2\r\nok\r\n0\r\nX-Trailer: t\r\n\r\n"),
    "more-than-said": lambda c: c.sendall(head(b"200 OK", b"Content-Length: 2") + b"ok and a smuggled answer"),
    "redirect": lambda c: c.sendall(head(b"307 Temporary Redirect", b"Location: http://127.0.0.1:1/",
                                         b"Content-Length: 0")),
    "upgrade": lambda c: c.sendall(head(b"101 Switching Protocols", b"Upgrade: h2c", b"Connection: Upgrade")),
}


def serve(connection):
    global requests
    try:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
        name = data.split(b" ", 2)[1].decode().lstrip("/").split("?")[0]
        if name == "count":
            body = str(requests).encode()
            requests = 0
            connection.sendall(head(b"200 OK", b"Connection: close", b"Content-Length: %d" % len(body)) + body)
            return
        requests += 1
        SCRIPTS[name](connection)
    except OSError:
        pass  # the client gave up, which is the point of most scripts
    finally:
        connection.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()
