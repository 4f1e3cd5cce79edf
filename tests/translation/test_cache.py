"""The cache of translations: what it keeps, who may share it, and what breaks it."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import sqlite3
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from fakes import Forgetful, Upper
from slow_process import start

from hf_xlqa.translation import cache_store
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.cache import CachedTranslator
from hf_xlqa.translation.cache_store import CacheError


def rows(path: Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return count


def test_only_what_is_not_in_the_file_is_translated(tmp_path: Path) -> None:
    first, second = Upper(), Upper()
    assert CachedTranslator(first, tmp_path / "c.db").translate(["b", "a", "", "b"]) == ["B", "A", "", "B"]
    assert CachedTranslator(second, tmp_path / "c.db").translate(["a", "c", " ", "b"]) == ["A", "C", " ", "B"]
    assert (first.calls, second.calls) == ([["b", "a"]], [["c"]])


@pytest.mark.parametrize(
    "other",
    [Upper(name="upper v2"), Upper(source_language="fr"), Upper(target_language="zh")],
    ids=["name", "source", "target"],
)
def test_names_and_languages_are_told_apart(tmp_path: Path, other: Upper) -> None:
    CachedTranslator(Upper(), tmp_path / "c.db").translate(["a"])
    CachedTranslator(other, tmp_path / "c.db").translate(["a"])
    assert other.handed == ["a"]


def test_the_longest_texts_go_first_in_chunks(tmp_path: Path) -> None:
    translator = Upper()
    CachedTranslator(translator, tmp_path / "c.db", chunk_size=2).translate(["a", "ccc", "bb", "dddd", "e", "a"])
    assert translator.calls == [["dddd", "ccc"], ["bb", "a"], ["e"]]


@pytest.mark.parametrize("text", ["a\x00b", "😀 \u2028 \x85", "'; DROP TABLE translations; --", "x" * 100_000])
def test_every_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    for _ in range(2):
        cached = CachedTranslator(Upper(function=lambda text: text[::-1]), tmp_path / "c.db")
        assert cached.translate([text]) == [text[::-1]]


def test_a_chunk_that_fails_leaves_the_earlier_ones(tmp_path: Path) -> None:
    def fail_at_three(text: str) -> str:
        if text == "c":
            raise RuntimeError("no more")
        return text.upper()

    with pytest.raises(RuntimeError, match="no more"):
        CachedTranslator(Upper(function=fail_at_three), tmp_path / "c.db", chunk_size=1).translate(list("abcd"))
    assert (rows(tmp_path / "c.db", "translations"), rows(tmp_path / "c.db", "claims")) == (2, 0)
    again = Upper()
    assert CachedTranslator(again, tmp_path / "c.db").translate(list("abcd")) == list("ABCD")
    assert again.handed == ["c", "d"]


def test_a_blank_translation_is_refused_and_the_rest_of_its_chunk_kept(tmp_path: Path) -> None:
    cached = CachedTranslator(Upper(function=lambda text: text.replace("b", "")), tmp_path / "c.db")
    with pytest.raises(
        TranslationError, match=r"of upper must not be blank, but 1 of 3 are instead, first that of 'b'"
    ):
        cached.translate(list("abc"))
    assert rows(tmp_path / "c.db", "translations") == 2


def test_the_number_of_translations_is_checked(tmp_path: Path) -> None:
    with pytest.raises(TranslationError, match="must be 2, one for each text, but are 1 instead"):
        CachedTranslator(Forgetful(), tmp_path / "c.db").translate(["a", "b"])
    assert rows(tmp_path / "c.db", "translations") == 0


def test_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    message = r"`text` must be valid Unicode, but holds half of a surrogate pair at 1 instead: 'a\\ud800'"
    with pytest.raises(TranslationError, match=message):
        CachedTranslator(Upper(), tmp_path / "c.db").translate(["a\ud800"])


def test_chunks_must_not_be_empty(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`chunk_size` must be positive, but is 0 instead\."):
        CachedTranslator(Upper(), tmp_path / "c.db", chunk_size=0)


def test_a_pickled_translator_and_other_threads_share_the_file(tmp_path: Path) -> None:
    cached = CachedTranslator(Upper(), tmp_path / "c.db")
    cached.translate(["a"])
    copy: CachedTranslator = pickle.loads(pickle.dumps(cached))
    assert copy.translate(["a"]) == ["A"]
    found: list[list[str]] = []
    thread = threading.Thread(target=lambda: found.append(cached.translate(["a"])))
    thread.start()
    thread.join()
    assert found == [["A"]] and len(cached.translator.calls) == 1  # type: ignore[attr-defined]


def test_a_forked_process_opens_the_file_anew(tmp_path: Path) -> None:
    cached = CachedTranslator(Upper(), tmp_path / "c.db")
    cached.translate(["a"])
    child = os.fork()
    if not child:
        os._exit(0 if cached.translate(["a", "b"]) == ["A", "B"] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert cached.translate(["b"]) == ["B"] and cached.translator.handed == ["a"]  # type: ignore[attr-defined]


def test_it_can_be_used_again_after_it_was_closed(tmp_path: Path) -> None:
    cached = CachedTranslator(Upper(), tmp_path / "c.db")
    cached.translate(["a"])
    cached.close()
    assert {path.name for path in tmp_path.iterdir()} == {"c.db"}
    assert cached.translate(["a"]) == ["A"]


def test_two_processes_translate_every_text_once(tmp_path: Path) -> None:
    processes = [start(tmp_path, output, texts=60, chunk=3, seconds=0.01) for output in "ab"]
    for process in processes:
        process.join(timeout=60)
    expected = [f"text {number}"[::-1] for number in range(60)]
    assert [json.loads((tmp_path / output).read_text()) for output in "ab"] == [expected, expected]
    handed = (tmp_path / "log").read_text().splitlines()
    assert Counter(handed) == Counter(f"text {number}" for number in range(60))
    assert rows(tmp_path / "c.db", "claims") == 0


def test_killed_processes_lose_the_chunk_in_flight_and_no_more(tmp_path: Path) -> None:
    log, texts, chunk, kills, rng = tmp_path / "log", 100, 4, 10, random.Random(0)
    log.touch()
    for _ in range(kills):
        logged = log.stat().st_size
        process = start(tmp_path, "output", texts=texts, chunk=chunk, seconds=0.005)
        while log.stat().st_size == logged:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        process.join()
        assert process.exitcode == -9
    start(tmp_path, "output", texts=texts, chunk=chunk, seconds=0).join(timeout=60)
    assert json.loads((tmp_path / "output").read_text()) == [f"text {number}"[::-1] for number in range(texts)]
    handed = Counter(log.read_text().splitlines())
    assert set(handed) == {f"text {number}" for number in range(texts)}
    assert texts < handed.total() <= texts + kills * chunk
    with sqlite3.connect(tmp_path / "c.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert (rows(tmp_path / "c.db", "translations"), rows(tmp_path / "c.db", "claims")) == (texts, 0)


@pytest.mark.parametrize(("age", "kept"), [(30, True), (90, False)])
def test_the_lock_of_a_process_killed_before_it_claimed_is_removed(tmp_path: Path, age: int, kept: bool) -> None:
    orphan = tmp_path / "c.db-0123.lock"
    orphan.touch()
    os.utime(orphan, (time.time() - age,) * 2)
    CachedTranslator(Upper(), tmp_path / "c.db").translate(["a"])
    assert list(tmp_path.glob("*.lock")) == [orphan] * kept


def test_an_old_lock_that_is_held_stays(tmp_path: Path) -> None:
    store = CachedTranslator(Upper(), tmp_path / "c.db")._store
    with store.owner() as owner:
        held = tmp_path / f"c.db-{owner}.lock"
        os.utime(held, (0, 0))
        store.claim(["a"], owner, 1)
        with store.owner() as other:
            assert held.exists() and store.claim(["a"], other, 1).theirs == ["a"]


def test_a_file_that_stays_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_store, "_BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    message = r"but: database is locked\. Another process holds it; run again when that has ended\."
    with pytest.raises(CacheError, match=message):
        CachedTranslator(Upper(), tmp_path / "c.db").translate(["a"])
    holder.close()


def test_a_live_owner_is_waited_for(tmp_path: Path) -> None:
    cached = CachedTranslator(Upper(), tmp_path / "c.db")
    store = cached._store
    found: list[list[str]] = []
    with store.owner() as owner:
        assert store.claim(["a"], owner, 1).ours == ["a"]
        thread = threading.Thread(target=lambda: found.append(cached.translate(["a", "b"])))
        thread.start()
        time.sleep(0.3)
        assert not found and cached.translator.handed == ["b"]  # type: ignore[attr-defined]
        store.add({"a": "theirs"})
    thread.join()
    assert found == [["theirs", "B"]]


def broken_header(path: Path) -> None:
    path.write_bytes(b"this is not a database, whatever it is" * 40)


def broken_page(path: Path) -> None:
    cached = CachedTranslator(Upper(), path)
    cached.translate([f"text {number}" for number in range(500)])
    cached.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


@pytest.mark.parametrize(
    ("breaks", "message"),
    [
        (broken_header, "must be a usable translation cache, but: file is not a database"),
        (broken_page, "must be a usable translation cache, but: database disk image is malformed"),
        (another_program, "must be a translation cache of version 1, but is another database instead"),
    ],
)
def test_a_file_that_is_no_cache_is_left_as_it_is(breaks: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    breaks(path)  # type: ignore[operator]
    before = path.read_bytes()
    with pytest.raises(CacheError, match=rf"c\.db {message}.* name another path, or move it away to translate anew\."):
        CachedTranslator(Upper(), path).translate(["text 1"])
    assert path.read_bytes() == before


def test_a_folder_is_no_cache(tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="must be a usable translation cache, but: unable to open database file"):
        CachedTranslator(Upper(), tmp_path).translate(["a"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("text = 'b'", r"must hold 'a' under its key, but holds 'b' instead\. The file was left"),
        ("translation = x'ff'", r"must hold a translation of 'a', but holds b'\\xff' instead\. The file was"),
    ],
    ids=["another text under its key", "a translation that is no text"],
)
def test_a_changed_row_is_found_out(tmp_path: Path, change: str, message: str) -> None:
    cached = CachedTranslator(Upper(), tmp_path / "c.db")
    cached.translate(["a"])
    with sqlite3.connect(tmp_path / "c.db") as connection:
        connection.execute(f"UPDATE translations SET {change}")
    with pytest.raises(CacheError, match=message):
        cached.translate(["a"])


def test_a_full_disk_is_named_and_what_was_written_is_kept(tmp_path: Path) -> None:
    cached = CachedTranslator(Upper(), tmp_path / "c.db", chunk_size=1)
    cached.translate(["a"])
    connection = cached._store._connection()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    texts = ["b" * 8000, "c" * 5000, "d" * 4500]
    message = r"but: database or disk is full\. Make room and run again; what was translated before is kept\."
    with pytest.raises(CacheError, match=message):
        cached.translate(texts)
    cached.close()
    again = Upper()
    assert CachedTranslator(again, tmp_path / "c.db").translate(["a", *texts])[1] == "B" * 8000
    assert again.handed in (texts[1:], texts[2:])


def test_the_bar_counts_texts_and_can_be_silenced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for progress, shown in ((True, True), (None, False), (False, False)):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        CachedTranslator(Upper(name=str(progress)), tmp_path / "c.db", progress=progress).translate(["a", "b"])
        assert ("en-de: 100%" in stream.getvalue() and "texts/s" in stream.getvalue()) is shown
        assert bool(stream.getvalue()) is shown


def test_lookups_are_fast(tmp_path: Path) -> None:
    """20,000 lookups one by one, within 2 seconds of processor time; nothing is translated."""
    texts = [f"a text of a usual length, number {number}" for number in range(20_000)]
    cached = CachedTranslator(Upper(), tmp_path / "c.db", chunk_size=10_000)
    cached.translate(texts)
    calls = len(cached.translator.calls)  # type: ignore[attr-defined]
    began = time.process_time()
    assert [cached.translate([text])[0] for text in texts] == [text.upper() for text in texts]
    assert time.process_time() - began < 2
    assert len(cached.translator.calls) == calls  # type: ignore[attr-defined]


def test_keys_are_stable() -> None:
    """A change of the key would translate every corpus anew."""
    assert cache_store.digest("Wie heißt er?").hex() == "900b18a15d041aabf47491921b466454"  # b2sum -l 128
