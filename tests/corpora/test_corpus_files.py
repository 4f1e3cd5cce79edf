import gzip
import pickle

import pytest

from hf_xlqa.corpora.files import atomic_text, open_corpus, shards
from hf_xlqa.corpora.findings import CorpusError, Kind


def _read(path):
    with open_corpus(path) as text:
        return text.read()


def test_gzip_is_known_by_its_first_bytes_and_a_leading_mark_is_passed_over(tmp_path):
    path = tmp_path / "corpus.json"
    path.write_bytes(gzip.compress("\ufeffnaïve\r\n".encode()))
    assert _read(path) == "naïve\r\n"


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", Kind.EMPTY_FILE, "but is empty instead"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", Kind.LFS_POINTER, "git lfs pull"),
        (b'{"data": "\xe9"}', Kind.NOT_UTF8, "must be UTF-8, but holds the byte 0xe9"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], Kind.DAMAGED_GZIP, "must be a whole gzip file"),
        (b"\x1f\x8bnot gzip at all", Kind.DAMAGED_GZIP, "must be a whole gzip file"),
    ],
)
def test_files_that_hold_no_text_are_refused_by_name(tmp_path, content, kind, message):
    path = tmp_path / "dev-v1.1.json"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=message) as error:
        _read(path)
    assert error.value.finding.kind is kind
    assert str(error.value).startswith(str(path))


def test_the_error_survives_a_worker_process(tmp_path):
    path = tmp_path / "empty.json"
    path.touch()
    with pytest.raises(CorpusError, match="is empty") as error:
        _read(path)
    copy = pickle.loads(pickle.dumps(error.value))
    assert (str(copy), copy.finding) == (str(error.value), error.value.finding)


def test_shards_are_the_corpus_files_of_a_folder_by_name(tmp_path):
    for name in ("b.json", "a.jsonl.gz", "README.md"):
        (tmp_path / name).touch()
    assert [path.name for path in shards(tmp_path)] == ["a.jsonl.gz", "b.json"]
    assert shards(tmp_path / "b.json") == (tmp_path / "b.json",)


def test_a_path_with_no_corpus_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a corpus file or a folder of .json"):
        shards(tmp_path / "absent.json")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.json"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half way"), atomic_text(path) as text:
        text.write("new")
        raise RuntimeError("half way")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_lone_surrogates_are_written_as_their_escape_and_gz_is_gzip(tmp_path):
    path = tmp_path / "out.json.gz"
    with atomic_text(path) as text:
        text.write("é \ud83d")
    assert gzip.decompress(path.read_bytes()) == b"\xc3\xa9 \\ud83d"
