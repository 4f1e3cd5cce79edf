"""Everything that decides the bytes of a build, as one record, so that no two builds are mixed up."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hf_xlqa
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.inputs import backend_name, given_files
from hf_xlqa.building.source import source_files, source_licence, source_name

_CODE = (
    "schema.py",
    "text.py",
    "messages.py",
    "words.py",
    "rewrite.py",
    "corpora",
    "recovery",
    "translation",
    "transforms",
    "building",
)
_PACKAGES = ("datasets", "edlib", "jieba", "opencc", "pyarrow", "rapidfuzz", "sentencex")


def described(config: CorpusConfig) -> dict[str, Any]:
    """Source, options, contents of all files given, seed and code: values that JSON knows.

    Raises:
        ValueError: when an option waits for something that is not given.
        OSError: when a file that is given cannot be read.
    """
    return {
        "config": config.name,
        "source": source_name(config),
        "licence": source_licence(config),
        "splits": list(config.built_splits),
        "variants": [asdict(variant) for variant in config.variants],
        "backend": backend_name(config),
        "seed": config.seed,
        "num_shards": config.num_shards,
        "source_files": [file_digest(path) for path in source_files(config)],
        "other_files": [file_digest(path) for path in given_files(config)],
        "library": hf_xlqa.__version__,
        "code": _code(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def fingerprint(record: Any) -> str:
    """32 hexadecimal digits that name a record of `described`."""
    return blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=16).hexdigest()


def file_digest(path: Path) -> str:
    """32 hexadecimal digits that name the content of a file."""
    with open(path, "rb") as file:
        digest = blake2b(digest_size=16)
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """One digest of the code and tables that a build runs through; a version alone does not tell edits apart."""
    package = Path(hf_xlqa.__file__).parent
    rooms = [package / name for name in _CODE]
    files = [file for room in rooms for file in ([room] if room.is_file() else room.rglob("*"))]
    named = {file.relative_to(package).as_posix(): file for file in files if file.suffix in (".py", ".json")}
    return fingerprint([[name, file_digest(named[name])] for name in sorted(named)])
