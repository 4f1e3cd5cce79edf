"""The table of what linear maps translate, on made-up vectors and on corpora of two parallel languages."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_corpora import write_language

from hf_xlqa.analysis.linear_maps.muse import Muse
from hf_xlqa.experiment.lexicon_induction import Induction, Space, read_space, scores_table
from hf_xlqa.translation.dictionaries import BilingualDictionary
from hf_xlqa.word_vectors import Vectors, write_vectors

EXAMPLE = Path(__file__).parents[2] / "examples" / "run_linear_maps.py"
QUICK: dict[str, dict[str, Any]] = {
    "muse": {"epochs": 1, "steps": 2, "hidden_size": 8},
    "vecmap": {"patience": 2},
    "dema": {"steps": 5, "batch_size": 16},
}


def spaces() -> tuple[Space, Space, BilingualDictionary]:
    """Skewed vectors of 200 words and their turned translations."""
    generator = torch.Generator().manual_seed(0)
    vectors = -torch.rand(200, 8, generator=generator).clamp(min=1e-6).log() * torch.linspace(1.5, 0.4, 8)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=generator)).Q
    words = [f"w{row}" for row in range(200)]
    source, target = Space("en", words, vectors), Space("de", [f"v{row}" for row in range(200)], vectors @ turn)
    return source, target, BilingualDictionary("en", "de", {word: (f"v{word[1:]}",) for word in [*words, "absent"]})


def induction() -> Induction:
    return Induction.of(*spaces(), pairs=150, test=51)


def test_every_map_has_a_row_and_those_that_learn_from_pairs_translate_all() -> None:
    asked = induction()
    assert asked.told == "200 words of en, 200 of de; scored on 50 words of the dictionary, 1 more have no vectors"
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in scores_table(asked.scores(options=QUICK)).splitlines()
    ]
    assert rows[0] == [
        "map",
        "learns from",
        "nearest P@1",
        "nearest P@5",
        "csls P@1",
        "csls P@5",
        "mean cosine",
        "seconds",
    ]
    by = {(row[0], row[1]): row[2:] for row in rows[2:]}
    assert [name for name, _ in by] == ["dema", "dema", "muse", "muse", "procrustes", "vecmap", "vecmap"]
    for name in ("procrustes", "muse", "dema", "vecmap"):
        assert by[name, "150 words"][:4] == ["100.0"] * 4, name
    assert by["vecmap", "nothing"][:4] == ["100.0"] * 4
    assert by["procrustes", "150 words"][4] == "1.000"


def test_a_score_is_given_as_soon_as_its_map_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = induction().scores(["procrustes", "muse"], options={"muse": QUICK["muse"]})
    monkeypatch.setattr(Muse, "fit", lambda *_, **__: pytest.fail("the next map is looked for before it is asked for"))
    first = next(scores)
    assert (first.name, first.pairs, first.precision["csls", 1]) == ("procrustes", 150, 1.0)


def test_options_of_a_method_that_is_not_asked_are_refused() -> None:
    with pytest.raises(ValueError, match="`options` must be of procrustes, vecmap, but are of muse, vecmop instead"):
        next(induction().scores(["procrustes", "vecmap"], options={"vecmop": {}, "muse": {}}))
    with pytest.raises(ValueError, match="`vecmop` must be one of dema, muse, procrustes, vecmap"):
        next(induction().scores(["vecmop"], options={}))


def test_words_are_the_most_frequent_that_have_vectors(tmp_path: Path) -> None:
    corpus = f"bridges/en={write_language(tmp_path, 'en')}"
    words = ["bridge", "the", "Bridge", "1802"]
    write_vectors(
        tmp_path / "en.vec", Vectors({word: row for row, word in enumerate(words)}, np.eye(4, dtype=np.float32))
    )
    found = read_space([corpus], str(tmp_path / "en.vec"), words=50, dimension=4, epochs=1)
    assert found.language == "en" and found.words == ["the", "bridge"]
    assert torch.equal(found.vectors, torch.eye(4)[[1, 0]])
    with pytest.raises(ValueError, match=r"must be of one language, but .*, sample/de are of \['de', 'en'\] instead"):
        read_space([corpus, "sample/de"], words=5, dimension=4, epochs=1)


def test_the_example_trains_vectors_and_prints_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("gensim")
    (tmp_path / "en-ko.txt").write_text("the 다리는\nbridge 다리는\nold 오래된\nwhere 어디에\n", encoding="utf-8")
    english, korean = (f"bridges/{code}={write_language(tmp_path, code)}" for code in ("en", "ko"))
    corpora = ["--source", english, "--target", korean, "--dictionary", str(tmp_path / "en-ko.txt")]
    sizes = ["--words", "12", "--dimension", "4", "--epochs", "1", "--pairs", "2", "--test", "2"]
    monkeypatch.setattr(sys, "argv", ["run_linear_maps", *corpora, *sizes, "--options", json.dumps(QUICK)])
    run_path(str(EXAMPLE), run_name="__main__")
    output = capsys.readouterr()
    assert output.out.startswith(
        "12 words of en, 12 of ko; scored on 2 words of the dictionary, 0 more have no vectors"
    )
    assert output.out.count("\n") == 10
    assert output.err.splitlines()[-1].replace(" ", "") == output.out.splitlines()[-1].replace(" ", "")
