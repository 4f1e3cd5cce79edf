"""A small Hub on this machine: what `huggingface_hub` asks of one to create, fill, list and read repositories.

Models, datasets and spaces, one branch ("main"), whose commits are named by their content. Clients
take the endpoint from HF_ENDPOINT when they are imported, so they run in processes of their own:
`HubServer.environment` is what these need.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

LFS_SUFFIXES = (".safetensors", ".parquet", ".bin", ".arrow")
KINDS = ("models", "datasets", "spaces")


@dataclass
class Reply:
    """An answer: JSON, unless `body` is bytes."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Absent(Exception):
    """What was asked for does not exist; `code` is the Hub's X-Error-Code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.reply = Reply({"error": code}, 404, {"X-Error-Code": code, "X-Error-Message": code})


@dataclass(frozen=True)
class Repository:
    """The files of one repository, at the head of its branch."""

    folder: Path
    kind: str
    id: str

    def names(self) -> list[str]:
        """Paths of all files, sorted."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    def commit(self) -> str:
        """Forty hexadecimal digits that name the content."""
        listing = [[name, digest((self.folder / name).read_bytes())] for name in self.names()]
        return hashlib.sha1(json.dumps(listing).encode()).hexdigest()

    def check(self, revision: str | None) -> None:
        if revision not in (None, "main", self.commit()):
            raise Absent("RevisionNotFound")

    def read(self, name: str) -> bytes:
        path = self.folder / name
        if not path.is_file():
            raise Absent("EntryNotFound")
        return path.read_bytes()

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def entries(self, under: str = "", *, recursive: bool = True) -> list[dict[str, Any]]:
        """What the Hub lists of the files and folders below one folder."""
        top = self.folder / under
        if not top.is_dir():
            raise Absent("EntryNotFound")
        return [self.entry(path) for path in sorted(top.rglob("*") if recursive else top.iterdir())]

    def entry(self, path: Path) -> dict[str, Any]:
        name = path.relative_to(self.folder).as_posix()
        if path.is_dir():
            return {"type": "directory", "path": name, "oid": hashlib.sha1(name.encode()).hexdigest(), "size": 0}
        content = path.read_bytes()
        entry = {"type": "file", "path": name, "size": len(content), "oid": git_oid(content)}
        if name.endswith(LFS_SUFFIXES):
            entry["lfs"] = {"oid": digest(content), "size": len(content), "pointerSize": 134}
        return entry

    def info(self) -> dict[str, Any]:
        siblings = [{"rfilename": name} for name in self.names()]
        return {
            "_id": self.id,
            "id": self.id,
            "modelId": self.id,
            "author": self.id.partition("/")[0],
            "sha": self.commit(),
            "lastModified": "2024-01-01T00:00:00.000Z",
            "createdAt": "2024-01-01T00:00:00.000Z",
            "private": False,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "siblings": siblings,
        }


class HubServer(ThreadingHTTPServer):
    """The Hub: its repositories stand below `root`, and `requests` lists what clients asked."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.requests: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def environment(self, home: Path) -> dict[str, str]:
        """Variables of a client process whose caches lie in `home`."""
        own = {"HF_ENDPOINT": self.endpoint, "HF_HOME": str(home), "HF_TOKEN": "hf_test", "HF_HUB_DISABLE_XET": "1"}
        quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1"}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "TRANSFORMERS_"))}
        return inherited | own | quiet

    def repository(self, kind: str | None, id: str) -> Repository:
        """A repository that exists, by "models", "datasets" or "spaces" and OWNER/NAME."""
        repository = Repository(self.root / (kind or "models") / id, kind or "models", id)
        if not repository.folder.is_dir():
            raise Absent("RepoNotFound")
        return repository

    def url(self, kind: str, id: str) -> str:
        return f"{self.endpoint}/{'' if kind == 'models' else kind + '/'}{id}"

    def object_path(self, oid: str) -> Path:
        return self.root / "objects" / oid


@contextmanager
def running_hub(root: Path) -> Iterator[HubServer]:
    """A Hub that serves until the block ends."""
    with HubServer(root) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def any_revision() -> Iterator[dict[str, str]]:
    """Every revision is the head, also a branch with slashes in its name; those asked for first, by repository."""
    asked: dict[str, str] = {}
    check, routes = Repository.check, list(ROUTES)
    Repository.check = lambda self, revision: asked.setdefault(self.id, revision)  # type: ignore[assignment,method-assign]
    branch = r"(?P<revision>refs/convert/\w+|"
    ROUTES[:] = [(pattern.replace("(?P<revision>", branch), name) for pattern, name in routes]
    try:
        yield asked
    finally:
        Repository.check, ROUTES[:] = check, routes  # type: ignore[method-assign]


class Handler(BaseHTTPRequestHandler):
    """One connection: finds the route of each request and sends its reply."""

    protocol_version = "HTTP/1.1"
    server: HubServer

    def log_message(self, *_: Any) -> None:
        """Nothing is printed; `HubServer.requests` tells what came."""

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        body = self.read_body()
        try:
            reply = self.route(path, body)
        except Absent as absent:
            reply = absent.reply
        self.send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = answer

    def route(self, path: str, body: bytes) -> Reply:
        for pattern, name in ROUTES:
            match = re.fullmatch(pattern, f"{self.command} {path}")
            if match:
                arguments = match.groupdict()
                if "id" in arguments and "kind" in arguments:
                    repository = self.server.repository(arguments.pop("kind"), arguments.pop("id"))
                    return getattr(self, name)(body, repository, **arguments)
                return getattr(self, name)(body, **arguments)
        raise Absent("NoSuchRoute")

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def send(self, reply: Reply) -> None:
        payload = reply.payload()
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(payload))} | reply.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def create(self, body: bytes) -> Reply:
        wanted = json.loads(body)
        kind = f"{wanted.get('type', 'model')}s"
        id = f"{wanted.get('organization') or 'xlqa'}/{wanted['name']}"
        folder = self.server.root / kind / id
        status = 409 if folder.is_dir() else 200
        folder.mkdir(parents=True, exist_ok=True)
        return Reply({"url": self.server.url(kind, id), "id": id, "name": id}, status)

    def whoami(self, body: bytes) -> Reply:
        return Reply({"type": "user", "name": "xlqa", "orgs": [], "auth": {"accessToken": {"role": "write"}}})

    def validate_yaml(self, body: bytes) -> Reply:
        """As the Hub does, refuse a card whose front matter is not a mapping in YAML."""
        front_matter = re.match(r"---\n(.*?)\n---", json.loads(body)["content"], re.DOTALL)
        try:
            valid = front_matter is None or isinstance(yaml.safe_load(front_matter[1]), dict)
        except yaml.YAMLError:
            valid = False
        errors = [] if valid else [{"message": "the front matter is not a mapping in YAML"}]
        return Reply({"errors": errors, "warnings": []}, 400 if errors else 200)

    def preupload(self, body: bytes, repository: Repository, revision: str) -> Reply:
        repository.check(revision)
        names = [file["path"] for file in json.loads(body)["files"]]
        modes = {name: "lfs" if name.endswith(LFS_SUFFIXES) else "regular" for name in names}
        files = [{"path": name, "uploadMode": mode, "shouldIgnore": False} for name, mode in modes.items()]
        return Reply({"files": files})

    def lfs_batch(self, body: bytes, repository: Repository) -> Reply:
        objects = [
            {"oid": each["oid"], "size": each["size"]}
            | {"actions": {"upload": {"href": f"{self.server.endpoint}/lfs/{each['oid']}"}}}
            for each in json.loads(body)["objects"]
        ]
        return Reply({"transfer": "basic", "objects": objects})

    def put_object(self, body: bytes, oid: str) -> Reply:
        if digest(body) != oid:
            return Reply({"error": "the object does not have this digest"}, 400)
        path = self.server.object_path(oid)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return Reply()

    def commit(self, body: bytes, repository: Repository, revision: str) -> Reply:
        repository.check(revision)
        for line in body.splitlines():
            operation = json.loads(line)
            self.apply(repository, operation["key"], operation["value"])
        oid = repository.commit()
        url = f"{self.server.url(repository.kind, repository.id)}/commit/{oid}"
        return Reply({"success": True, "commitOid": oid, "commitUrl": url})

    def apply(self, repository: Repository, key: str, value: dict[str, Any]) -> None:
        if key == "file":
            repository.write(value["path"], base64.b64decode(value["content"]))
        elif key == "lfsFile":
            repository.write(value["path"], self.server.object_path(value["oid"]).read_bytes())
        elif key == "deletedFile":
            (repository.folder / value["path"]).unlink()
        elif key == "deletedFolder":
            shutil.rmtree(repository.folder / value["path"])

    def info(self, body: bytes, repository: Repository, revision: str | None = None) -> Reply:
        repository.check(revision)
        return Reply(repository.info())

    def tree(self, body: bytes, repository: Repository, revision: str, path: str | None) -> Reply:
        repository.check(revision)
        query = parse_qs(urlsplit(self.path).query)
        recursive = query.get("recursive", ["false"])[0].lower() in {"true", "1"}
        return Reply(repository.entries(path or "", recursive=recursive))

    def paths_info(self, body: bytes, repository: Repository, revision: str) -> Reply:
        repository.check(revision)
        text = body.decode()
        paths = json.loads(text)["paths"] if text.startswith("{") else parse_qs(text).get("paths", [])
        found = [repository.folder / path for path in paths]
        return Reply([repository.entry(path) for path in found if path.exists()])

    def resolve(self, body: bytes, repository: Repository, revision: str, path: str) -> Reply:
        repository.check(revision)
        commit = {"X-Repo-Commit": repository.commit()}
        try:
            content = repository.read(path)
        except Absent as absent:
            absent.reply.headers |= commit
            raise
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        headers |= commit | {"ETag": f'"{digest(content)}"'}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None:
            return Reply(content, headers=headers)
        start, end = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        return Reply(content[start : end + 1], 206, headers)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


_API = rf"/api/(?P<kind>{'|'.join(KINDS)})/(?P<id>[^/]+/[^/]+)"
_PLAIN = r"/(?:(?P<kind>datasets|spaces)/)?(?P<id>[^/]+/[^/]+)"
ROUTES = [
    ("POST /api/repos/create", "create"),
    ("GET /api/whoami-v2", "whoami"),
    ("POST /api/validate-yaml", "validate_yaml"),
    (rf"POST {_API}/preupload/(?P<revision>[^/]+)", "preupload"),
    (rf"POST {_API}/commit/(?P<revision>[^/]+)", "commit"),
    (rf"POST {_API}/paths-info/(?P<revision>[^/]+)", "paths_info"),
    (rf"GET {_API}/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?", "tree"),
    (rf"GET {_API}(?:/revision/(?P<revision>[^/]+))?", "info"),
    (rf"POST {_PLAIN}\.git/info/lfs/objects/batch", "lfs_batch"),
    (r"PUT /lfs/(?P<oid>[0-9a-f]{64})", "put_object"),
    (rf"(?:GET|HEAD) {_PLAIN}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "resolve"),
]
