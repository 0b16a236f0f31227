"""A small Kubernetes API server on 127.0.0.1: discovery, lists and watches of a few kinds, as a real one answers.

The tests change what it has by POST: /control/put (an object), /control/delete (the same), /control/end (all watches end, as
after the server's timeout), /control/forget (watches from before now are too old: 410). Prints a line once it listens.
Usage: api-server.py PORT
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KINDS = {
    "/api/v1/services": ("Service", "v1"),
    "/api/v1/nodes": ("Node", "v1"),
    "/apis/discovery.k8s.io/v1/endpointslices": ("EndpointSlice", "discovery.k8s.io/v1"),
}

changed = threading.Condition()
objects = {path: {} for path in KINDS}
events = []
version = 100
oldest = 0
period = 0


def forget():
    """All versions before now are too old; with the lock held."""
    global version, oldest
    version += 1
    oldest = version


def store(change, sent):
    """Takes in a change; with the lock held."""
    global version
    version += 1
    path = next(path for path, (kind, _) in KINDS.items() if kind == sent["kind"])
    key = (sent["metadata"].get("namespace", ""), sent["metadata"]["name"])
    known = objects[path].pop(key, None)
    kept = dict(sent, metadata=dict(sent["metadata"], resourceVersion=str(version)))
    if change == "put":
        objects[path][key] = kept
    events.append((version, path, "DELETED" if change == "delete" else "MODIFIED" if known else "ADDED", kept))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, value, code=200):
        body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        global period
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        command = self.path.rsplit("/", 1)[1]
        with changed:
            if command in ("put", "delete"):
                store(command, json.loads(body))
            elif command == "forget":
                forget()
            period += command in ("end", "forget")
            changed.notify_all()
        self.answer({})

    def do_GET(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path in KINDS:
            kind, api_version = KINDS[url.path]
            if query.get("watch") in ("true", "1"):
                return self.watch(url.path, int(query.get("resourceVersion", 0)))
            with changed:
                items = [{k: v for k, v in item.items() if k not in ("kind", "apiVersion")}
                         for _, item in sorted(objects[url.path].items())]
                metadata = {"resourceVersion": str(version)}
            return self.answer({"kind": kind + "List", "apiVersion": api_version, "metadata": metadata, "items": items})
        if url.path == "/api":
            return self.answer({"kind": "APIVersions", "versions": ["v1"]})
        if url.path == "/apis":
            group = {"groupVersion": "discovery.k8s.io/v1", "version": "v1"}
            return self.answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": "discovery.k8s.io", "versions": [group], "preferredVersion": group}]})
        resources = [
            {"name": path.rsplit("/", 1)[1], "singularName": "", "namespaced": kind != "Node", "kind": kind,
             "verbs": ["get", "list", "watch"]}
            for path, (kind, _) in KINDS.items() if path.rsplit("/", 1)[0] == url.path]
        if resources:
            return self.answer({"kind": "APIResourceList", "apiVersion": "v1", "resources": resources,
                                "groupVersion": url.path.split("/", 2)[2]})
        message = "the server could not find the requested resource"
        self.answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                     "reason": "NotFound", "code": 404}, 404)

    def watch(self, path, since):
        """Sends events until the watches end."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with changed:
            mine = period
            if since < oldest:
                text = f"too old resource version: {since} ({oldest})"
                self.send("ERROR", {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                                    "message": text, "reason": "Expired", "code": 410})
            while since >= oldest and mine == period:
                for number, where, change, item in events:
                    if number > since and where == path:
                        self.send(change, item)
                since = max(since, version)
                changed.wait()
        self.wfile.write(b"0\r\n\r\n")

    def send(self, change, item):
        line = json.dumps({"type": change, "object": item}, separators=(",", ":")).encode() + b"\n"
        # A chunk may end in the middle of a line.
        for piece in (line[:40], line[40:]):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that is gone is nothing to speak of."""


server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
print("listening", flush=True)
server.serve_forever()
