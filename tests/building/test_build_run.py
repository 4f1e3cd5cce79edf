"""Builds in a folder: their rows, their bytes in any number of processes and parts, and what they refuse."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import time
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from datasets import load_dataset
from tiny_builders import Toy, die, published, write_towns

from hf_xlqa.building import run as running
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.export import Export, Part
from hf_xlqa.building.rows import row
from hf_xlqa.building.run import build
from hf_xlqa.building.scripts import find
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.transforms.permute import Permute
from hf_xlqa.transforms.transform import paragraph_rng

TRAPS = Path(__file__).parent.parent / "fixtures" / "corpora" / "traps.json"


@pytest.fixture
def towns(tmp_path) -> Path:
    return write_towns(tmp_path / "towns.json")


def permuted(towns: Path, **options) -> CorpusConfig:
    return Toy.configured("permuted", files={"train": str(towns)}, **options)


def loaded(folder: Path, tmp_path: Path, monkeypatch, config: str = "permuted", **options):
    """The rows of a folder, asked for by the name OWNER/NAME from beside its owner's folder."""
    monkeypatch.chdir(folder.parent.parent)
    name = f"{folder.parent.name}/{folder.name}"
    return load_dataset(name, config, split="train", cache_dir=str(tmp_path / "cache"), **options)


def test_rows_are_those_of_the_transform_called_by_hand(towns, tmp_path, monkeypatch):
    examples = list(read_examples(towns, language="en", corpus="squad"))
    permute = Permute(**Permute.learned(examples))
    expected = {each.id: row(permute(each, paragraph_rng(0, each.context))) for each in examples}
    assert build(Toy, [permuted(towns)], tmp_path / "xlqa" / "towns") == []
    found = list(loaded(tmp_path / "xlqa" / "towns", tmp_path, monkeypatch))
    assert len(found) == 80
    assert {each["id"]: each for each in found} == expected
    assert found != [expected[example.id] for example in examples]  # in the order of the buckets, not of the source
    assert found == list(loaded(tmp_path / "xlqa" / "towns", tmp_path, monkeypatch, streaming=True))


def test_shards_without_a_paragraph_are_empty_files_that_read(towns, tmp_path, monkeypatch):
    write_towns(towns, paragraphs=2)
    build(Toy, [permuted(towns, num_shards=9)], tmp_path / "xlqa" / "towns")
    assert len(list(tmp_path.glob("xlqa/towns/data/permuted/*.parquet"))) == 9
    for streaming in (False, True):
        rows = loaded(tmp_path / "xlqa" / "towns", tmp_path, monkeypatch, streaming=streaming)
        assert {row["id"] for row in rows} == {"0-where", "0-when", "1-where", "1-when"}


def test_rows_are_those_of_the_builder_itself(towns, tmp_path, monkeypatch):
    build(Toy, [permuted(towns)], tmp_path / "xlqa" / "towns")
    builder = Toy("permuted", cache_dir=str(tmp_path / "own"), files={"train": str(towns)})
    builder.download_and_prepare()
    exported = loaded(tmp_path / "xlqa" / "towns", tmp_path, monkeypatch)
    assert list(builder.as_dataset(split="train")) == list(exported)
    assert builder.info.features == exported.features
    streamed = Toy("permuted", cache_dir=str(tmp_path / "other"), files={"train": str(towns)}).as_streaming_dataset()
    assert list(streamed["train"]) == list(exported)


def test_bytes_are_the_same_in_one_process_in_two_and_in_parts_that_are_merged(towns, tmp_path):
    whole, two, parts = (tmp_path / name for name in ("whole", "two", "parts"))
    build(Toy, [permuted(towns)], whole)
    build(Toy, [permuted(towns)], two, num_proc=2)
    machines = [tmp_path / "machine1", tmp_path / "machine2"]
    assert len(build(Toy, [permuted(towns)], machines[0], part=Part(1, 2))) == 1
    assert len(build(Toy, [permuted(towns)], machines[1], part=Part(2, 2))) == 2
    for machine in machines:
        assert not (machine / "README.md").exists()
        for path in (path for path in machine.rglob("*") if path.is_file()):
            target = parts / path.relative_to(machine)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    shards = {path: path.stat().st_mtime_ns for path in parts.glob("data/*/*")}
    assert build(Toy, [permuted(towns)], parts) == []
    assert shards == {path: path.stat().st_mtime_ns for path in parts.glob("data/*/*")}
    assert len(published(whole)) == 5
    assert published(whole) == published(two) == published(parts)


def _build_sample(output: Path) -> None:
    build(find("sample_permuted"), [find("sample_permuted").configured()], output)


def test_a_build_that_is_killed_goes_on_and_gives_the_same_bytes(tmp_path, kills):
    started = time.perf_counter()
    _build_sample(tmp_path / "whole")
    seconds = time.perf_counter() - started
    rng, unfinished = random.Random(0), 0
    config = find("sample_permuted").configured()
    for kill in range(kills):
        output = tmp_path / f"killed{kill}"
        process = get_context("fork").Process(target=_build_sample, args=(output,))
        process.start()
        time.sleep(seconds * rng.uniform(0.1, 0.9))
        process.kill()
        process.join()
        jobs = Export("sample_permuted", config, output).jobs()
        left = {job.data: job.data.stat().st_mtime_ns for job in jobs if job.is_finished}
        unfinished += len(left) < len(jobs)
        _build_sample(output)
        assert all(path.stat().st_mtime_ns == written for path, written in left.items())
        assert published(output) == published(tmp_path / "whole")
        assert not list(output.rglob("*.partial")) + list(output.rglob("*.lock"))
    assert unfinished


@pytest.fixture
def kills() -> int:
    """How often a build is killed: XLQA_KILLS, or three times."""
    return int(os.environ.get("XLQA_KILLS", "3"))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": 1}, r"another seed \(0, now 1\)"),
        ({"num_shards": 2}, r"num_shards \(3, now 2\)"),
        ({"other": True}, "source_files"),
    ],
)
def test_another_build_in_the_same_folder_is_refused_and_leaves_it_as_it_was(towns, tmp_path, options, named):
    build(Toy, [permuted(towns)], tmp_path / "out")
    before = published(tmp_path / "out")
    if options.pop("other", False):
        write_towns(towns, paragraphs=41)
    with pytest.raises(ValueError, match=f"`output` must be a new folder, .*{named}.* Nothing was changed"):
        build(Toy, [permuted(towns, **options)], tmp_path / "out")
    assert published(tmp_path / "out") == before


def test_another_corpus_in_the_same_folder_is_refused(towns, tmp_path):
    build(Toy, [permuted(towns)], tmp_path / "out")
    with pytest.raises(ValueError, match=r'corpus \("tiny_builders", now "sample_permuted"\)'):
        _build_sample(tmp_path / "out")


def test_a_translator_is_known_by_its_files_and_not_by_where_they_stand(towns, tmp_path):
    for folder, word in (("one", "pont"), ("two", "pont"), ("three", "port")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "en-fr.txt").write_text(f"bridge {word}\n")
    builder, given = find("squad_fr_mt"), {"files": {"train": str(towns)}, "num_shards": 1}
    one, two, three = (f"lexicon:{tmp_path}/{folder}/en-fr.txt" for folder in ("one", "two", "three"))
    build(builder, [builder.configured(backend=one, **given)], tmp_path / "out")
    assert build(builder, [builder.configured(backend=two, **given)], tmp_path / "out") == []
    with pytest.raises(ValueError, match="with another other_files"):
        build(builder, [builder.configured(backend=three, **given)], tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "translator: `lexicon:en-fr.txt` from en to fr" in card
    assert str(tmp_path) not in card + (tmp_path / "out" / "report.json").read_text()


def test_a_second_configuration_joins_the_first_in_data_report_and_card(towns, tmp_path, monkeypatch):
    output = tmp_path / "xlqa" / "towns"
    both = [permuted(towns), Toy.configured("T(Q+C)", files={"train": str(towns)})]
    build(Toy, both[:1], output)
    build(Toy, both[1:], output)
    assert list(json.loads((output / "report.json").read_text())) == ["T(Q+C)", "permuted"]
    rows = list(loaded(output, tmp_path, monkeypatch, "T(Q+C)"))
    assert [each["id"] for each in rows[:2]] == [rows[0]["id"], f"{rows[0]['id']}-p"]
    copies = {each["id"]: each for each in rows}
    plain, changed = copies["7-when"], copies["7-when-p"]
    assert (plain["parallel_id"], changed["parallel_id"]) == ("7-when", "7-when")
    assert plain["context"] == changed["context"]
    assert plain["question"] != changed["question"]
    assert len(rows) == 160
    assert len(loaded(output, tmp_path, monkeypatch)) == 80


def _limited(config: CorpusConfig, output: Path, size: int, messages) -> None:
    """Builds where no file can be larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        build(Toy, [config], output)
    except OSError as error:
        messages.put(str(error))


def test_without_room_finished_shards_stay_and_the_build_goes_on_where_there_is_some(towns, tmp_path):
    config, output = permuted(towns), tmp_path / "out"
    build(Toy, [config], tmp_path / "whole")
    sizes = sorted(path.stat().st_size for path in tmp_path.glob("whole/data/*/*"))
    Export("tiny_builders", config, output).prepare()  # sources are larger than shards
    context = get_context("fork")
    messages = context.SimpleQueue()
    process = context.Process(target=_limited, args=(config, output, sizes[-1] - 1, messages))
    process.start()
    process.join()
    assert "must be built whole, but could not be: [Errno 27]" in (message := messages.get())
    assert "Finished shards are kept: mend the cause and call again." in message
    finished = [job.is_finished for job in Export("tiny_builders", config, output).jobs()]
    assert 0 < sum(finished) < 3
    assert not (output / "README.md").exists()
    assert not list(output.rglob("*.partial"))
    build(Toy, [config], output)
    assert published(output) == published(tmp_path / "whole")


def test_a_folder_that_cannot_be_made_is_an_error(towns, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(NotADirectoryError, match="file/out"):
        build(Toy, [permuted(towns)], tmp_path / "file" / "out")
    assert (tmp_path / "file").read_text() == "here"


def test_defects_of_the_source_are_in_report_and_card(tmp_path):
    build(Toy, [permuted(TRAPS)], tmp_path / "out")
    reading = json.loads((tmp_path / "out" / "report.json").read_text())["permuted"]["splits"]["train"]["reading"]
    assert reading["questions"] == reading["examples"] + sum(map(len, reading["dropped"].values()))
    assert reading["dropped"]
    card = (tmp_path / "out" / "README.md").read_text()
    for reason, ids in reading["dropped"].items():
        assert f"- permuted, train, left out of the source: {len(ids)} {reason} (`{ids[0]}`" in card


def test_a_source_that_is_no_corpus_leaves_nothing_that_hinders(towns, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"data": [')
    with pytest.raises(ValueError, match="broken.json, line 1: the file must be JSON, but is malformed"):
        build(Toy, [permuted(broken)], tmp_path / "out")
    write_towns(broken)
    build(Toy, [permuted(broken)], tmp_path / "out")
    assert len(published(tmp_path / "out")) == 5


def test_a_dictionary_that_is_refused_leaves_nothing_that_hinders(towns, tmp_path):
    given = {"files": {"train": str(towns)}, "dictionary": str(tmp_path / "words.txt"), "num_shards": 1}
    for words, refusal in (("the\n", "words.txt` must hold two words on line 1"), ("the 這\n", None)):
        (tmp_path / "words.txt").write_text(words)
        with pytest.raises(ValueError, match=refusal) if refusal else nullcontext():
            build(Toy, [Toy.configured("switched", **given)], tmp_path / "out")
    assert len(published(tmp_path / "out")) == 3


def test_a_build_that_is_refused_later_keeps_what_was_finished(towns, tmp_path):
    build(Toy, [permuted(towns)], tmp_path / "out", part=Part(1, 2))
    export = Export("tiny_builders", permuted(towns), tmp_path / "out")
    with pytest.raises(ValueError, match="here"), export.unclaimed_if_refused():
        raise ValueError("here")
    assert sum(job.is_finished for job in export.jobs()) == 2
    assert build(Toy, [permuted(towns)], tmp_path / "out") == []


def test_a_shard_that_is_damaged_and_as_long_as_before_is_built_anew(towns, tmp_path):
    build(Toy, [permuted(towns)], tmp_path / "out")
    before = published(tmp_path / "out")
    shard = next((tmp_path / "out").glob("data/*/*.parquet"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    build(Toy, [permuted(towns)], tmp_path / "out")
    assert published(tmp_path / "out") == before


def test_a_process_that_is_killed_is_an_error_with_a_remedy(towns, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "build_shard", die)
    with pytest.raises(OSError, match="must live to its end, but one was killed.* call again"):
        build(Toy, [permuted(towns)], tmp_path / "out", num_proc=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_shards": 0}, "`num_shards` must be 1 or more, but is 0 instead"),
        ({"splits": ("dev",)}, r"`splits` must be of train, validation, test, but are \['dev'\] instead"),
        ({"variants": ()}, r"`variants` must have a suffix each of its own, but have \[\] instead"),
    ],
)
def test_fields_of_a_configuration_are_checked(change, message):
    with pytest.raises(ValueError, match=message):
        replace(Toy.BUILDER_CONFIGS[0], **change)


def test_no_processes_are_refused(towns, tmp_path):
    with pytest.raises(ValueError, match="`num_proc` must be 1 or more, but is 0 instead"):
        build(Toy, [permuted(towns)], tmp_path, num_proc=0)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=f"`shard` must be I/N with I from 1 to N, but is '{text}' instead"):
        Part.parse(text)


@pytest.mark.parametrize("broken", ['{"x":', "{}", "[]"])
def test_a_shard_with_a_broken_report_is_built_anew(towns, tmp_path, broken):
    build(Toy, [permuted(towns)], tmp_path / "out")
    before = published(tmp_path / "out")
    export = Export("tiny_builders", permuted(towns), tmp_path / "out")
    export.jobs()[1].report.write_text(broken)
    assert [job.is_finished for job in export.jobs()] == [True, False, True]
    assert build(Toy, [permuted(towns)], tmp_path / "out") == []
    assert published(tmp_path / "out") == before


def test_a_broken_file_of_what_was_learned_is_named(towns, tmp_path):
    build(Toy, [permuted(towns)], tmp_path / "out")
    (tmp_path / "out" / "build" / "permuted" / "learned.json").write_text("[{")
    with pytest.raises(ValueError, match="learned.json` must be JSON, but is broken at line 1"):
        build(Toy, [permuted(towns)], tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "manifest.json: corpus` must hold a str, but holds None instead"),
        (b"[]", "manifest.json` must hold a dict, but holds .. instead"),
        (b'{"corpus":', "manifest.json` must be JSON, but is broken at line 1"),
        (b"\xff", "manifest.json` must be text in UTF-8, but is not"),
    ],
)
def test_a_manifest_that_is_damaged_is_named_with_what_to_do(towns, tmp_path, content, message):
    build(Toy, [permuted(towns)], tmp_path / "out")
    before = published(tmp_path / "out")
    folder = tmp_path / "out" / "build" / "permuted"
    (folder / "manifest.json").write_bytes(content)
    for config in (permuted(towns), Toy.configured("T(Q+C)", files={"train": str(towns), "validation": str(towns)})):
        with pytest.raises(ValueError, match=f"{message}.* Remove {folder} and build again"):
            build(Toy, [config], tmp_path / "out")
    shutil.rmtree(folder)
    assert build(Toy, [permuted(towns)], tmp_path / "out") == []
    assert published(tmp_path / "out") == before


def test_a_question_whose_id_is_no_unicode_is_told_and_hinders_no_build(towns, tmp_path):
    document = json.loads(towns.read_text())
    document["data"][0]["paragraphs"][0]["qas"][0]["id"] = "\ud800"
    towns.write_text(json.dumps(document))
    build(Toy, [permuted(towns)], tmp_path / "out")
    reading = json.loads((tmp_path / "out" / "report.json").read_text())["permuted"]["splits"]["train"]["reading"]
    assert reading["dropped"] == {"lone_surrogate": ["\ud800"]}


def test_sizes_and_rows_are_counted_over_all_tables(towns, tmp_path, monkeypatch):
    counted = []
    for rows in (1000, 5):
        monkeypatch.setattr("hf_xlqa.building.shard.CHUNK", rows)
        build(Toy, [permuted(towns)], tmp_path / str(rows))
        counted.append(json.loads((tmp_path / str(rows) / "report.json").read_text())["permuted"]["splits"]["train"])
    assert [each["examples"] for each in counted] == [80, 80]
    assert counted[0]["data_bytes"] <= counted[1]["data_bytes"]


def test_one_csv_of_newsqa_is_not_built_as_several_splits(tmp_path):
    (tmp_path / "news.csv").write_text("story_id,question,answer_char_ranges,story_text\n")
    path = str(tmp_path / "news.csv")
    builder = find("newsqa_en")
    with pytest.raises(ValueError, match="must be a file of its own for each split .*news.csv' for 2 splits instead"):
        build(builder, [builder.configured(files={"train": path, "validation": path})], tmp_path / "out")
    assert not (tmp_path / "out").exists()
