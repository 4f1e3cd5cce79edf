"""The file of the translation cache: an SQLite database that several processes write to."""

from __future__ import annotations

import glob
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from filelock import FileLock, Timeout

from hf_xlqa.messages import shown

_APPLICATION_ID = 0x786C7161  # "xlqa": tells our files from other SQLite databases
_VERSION = 1
_BUSY_SECONDS = 120.0
_RETRY_SECONDS = 0.02
_ORPHAN_SECONDS = 60.0
_REMEDIES = {
    sqlite3.SQLITE_FULL: "Make room and run again; what was translated before is kept.",
    sqlite3.SQLITE_BUSY: "Another process holds it; run again when that has ended.",
}
_SCHEMA = """
CREATE TABLE translators (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, source_language TEXT NOT NULL, target_language TEXT NOT NULL,
    UNIQUE (name, source_language, target_language)
);
CREATE TABLE translations (
    translator INTEGER NOT NULL, digest BLOB NOT NULL, text TEXT NOT NULL, translation TEXT NOT NULL,
    PRIMARY KEY (translator, digest)
);
CREATE TABLE claims (
    translator INTEGER NOT NULL, digest BLOB NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (translator, digest)
) WITHOUT ROWID;
"""


class CacheError(OSError):
    """The file of a cache cannot be used; the message says what to do."""


class Claimed(NamedTuple):
    """Outcome of a claim: texts that are now ours to translate, texts that others are at, and what others finished."""

    ours: list[str]
    theirs: list[str]
    finished: dict[str, str]


def digest(text: str) -> bytes:
    """Key of a text within the translations of one translator."""
    return blake2b(text.encode(), digest_size=16).digest()


class CacheStore:
    """Translations by one translator, in a file that other processes and translators share.

    A text to be translated is claimed first, so that no two processes translate it. Each owner of
    claims holds a lock on a file of its own beside the cache. The system drops that lock when the
    process ends, however it ends, and its claims are then free: no time-out has to be guessed.
    The processes must be on one machine, as SQLite's write-ahead log demands.

    Args:
        path: the database; made with its folder where there is none.
        name: name of the translator.
        source_language: language of the texts.
        target_language: language of the translations.
    """

    def __init__(self, path: Path, *, name: str, source_language: str, target_language: str) -> None:
        self.path = path
        self._identity = (name, source_language, target_language)
        self._local = threading.local()

    def find(self, texts: Sequence[str]) -> dict[str, str]:
        """Translations of those of the texts that have one."""
        with self._transaction("DEFERRED") as connection:
            return self._find(connection, texts)

    def claim(self, texts: Sequence[str], owner: str, limit: int) -> Claimed:
        """Claim texts for an owner, from the first on, until it has `limit` of them or all have been looked at."""
        outcome = Claimed([], [], {})
        with self._transaction("IMMEDIATE") as connection:
            self._lift_claims_of_the_dead(connection, owner)
            for text in texts:
                if len(outcome.ours) == limit:
                    break
                done = self._find(connection, [text])
                outcome.finished.update(done)
                if not done:
                    claim = (self._translator, digest(text), owner)
                    cursor = connection.execute("INSERT OR IGNORE INTO claims VALUES (?, ?, ?)", claim)
                    (outcome.ours if cursor.rowcount else outcome.theirs).append(text)
        return outcome

    def add(self, translations: Mapping[str, str]) -> None:
        """Write translations in one transaction, and lift the claims on their texts."""
        keys = {text: (self._translator, digest(text)) for text in translations}
        rows = [(*key, text, translations[text]) for text, key in keys.items()]
        with self._transaction("IMMEDIATE") as connection:
            connection.executemany("INSERT OR REPLACE INTO translations VALUES (?, ?, ?, ?)", rows)
            connection.executemany("DELETE FROM claims WHERE translator = ? AND digest = ?", keys.values())

    @contextmanager
    def owner(self) -> Iterator[str]:
        """A name to claim under; claims that are left at the end are lifted."""
        owner = uuid4().hex
        self._remove_orphaned_locks()
        with self._lock(owner):
            try:
                yield owner
            finally:
                with self._transaction("IMMEDIATE") as connection:
                    connection.execute("DELETE FROM claims WHERE owner = ?", (owner,))
                self._lock_path(owner).unlink(missing_ok=True)

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        state = self._local.__dict__
        if state.get("process") == os.getpid():
            state["connection"].close()
        state.clear()

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "_identity": self._identity}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _local=threading.local())

    @property
    def _translator(self) -> int:
        """The row of this translator in the file."""
        self._connection()
        row: int = self._local.translator
        return row

    def _find(self, connection: sqlite3.Connection, texts: Sequence[str]) -> dict[str, str]:
        select = "SELECT text, translation FROM translations WHERE translator = ? AND digest = ?"
        translator, found = self._translator, {}
        for text in texts:
            row = connection.execute(select, (translator, digest(text))).fetchone()
            if row is None:
                continue
            if row[0] != text:
                raise CacheError(
                    f"{self.path} must hold {shown(text)} under its key, but holds {shown(row[0])} instead. "
                    f"{self._remedy}"
                )
            if not isinstance(row[1], str):
                raise CacheError(
                    f"{self.path} must hold a translation of {shown(text)}, but holds {shown(row[1])} instead. "
                    f"{self._remedy}"
                )
            found[text] = row[1]
        return found

    def _lift_claims_of_the_dead(self, connection: sqlite3.Connection, living: str) -> None:
        for (owner,) in connection.execute("SELECT DISTINCT owner FROM claims").fetchall():
            if owner != living and not self._is_living(owner):
                connection.execute("DELETE FROM claims WHERE owner = ?", (owner,))

    def _remove_orphaned_locks(self) -> None:
        """Remove files of owners that were killed before they claimed; a new one might not be locked yet."""
        for path in self.path.parent.glob(f"{glob.escape(self.path.name)}-*.lock"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
                    self._is_living(path.name.removeprefix(f"{self.path.name}-").removesuffix(".lock"))

    def _is_living(self, owner: str) -> bool:
        path = self._lock_path(owner)
        if not path.exists():
            return False
        try:
            with self._lock(owner, blocking=False):
                path.unlink(missing_ok=True)
        except Timeout:
            return True
        return False

    def _lock(self, owner: str, *, blocking: bool = True) -> FileLock:
        return FileLock(self._lock_path(owner), blocking=blocking, thread_local=False)

    def _lock_path(self, owner: str) -> Path:
        return self.path.with_name(f"{self.path.name}-{owner}.lock")

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        with self._explained():
            connection = self._connection()
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection; a process that was forked opens its own."""
        state = self._local.__dict__
        if state.get("process") != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            state["connection"] = self._open_patiently()
            state["process"] = os.getpid()
        connection: sqlite3.Connection = state["connection"]
        return connection

    def _open_patiently(self) -> sqlite3.Connection:
        """Opening can fail at once, in spite of the busy time-out, while another process opens or closes the file."""
        give_up = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return self._open()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise
                time.sleep(_RETRY_SECONDS)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            self._check(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            if not self._check(connection):
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            columns = "name, source_language, target_language"
            connection.execute(f"INSERT OR IGNORE INTO translators ({columns}) VALUES (?, ?, ?)", self._identity)
            select = f"SELECT id FROM translators WHERE ({columns}) = (?, ?, ?)"
            self._local.translator = connection.execute(select, self._identity).fetchone()[0]
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> bool:
        """Whether the file has our tables; nothing is written before it is known to be ours."""
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not tables:
            return False
        found = tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if found != (_APPLICATION_ID, _VERSION):
            raise CacheError(
                f"{self.path} must be a translation cache of version {_VERSION}, but is another database instead. "
                f"{self._remedy}"
            )
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            remedy = _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, self._remedy)
            raise CacheError(f"{self.path} must be a usable translation cache, but: {error}. {remedy}") from error

    @property
    def _remedy(self) -> str:
        return "The file was left as it is; name another path, or move it away to translate anew."
