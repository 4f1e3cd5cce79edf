"""The language probe on states whose answer is known, and the discriminator of a checkpoint on what it was told."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch
from tiny_adversarial import LANGUAGES, asked_in, hidden_model
from tiny_qa import TOKENIZER

from hf_xlqa.analysis.language_probe import OTHERS, Confusion, discriminator_confusion, probe_languages

TEXTS, WIDTH = 120, 8
SPOKEN = [LANGUAGES[row % 3] for row in range(TEXTS)]
GROUPS = [str(row // 3) for row in range(TEXTS)]


def states_of(signal: float) -> np.ndarray:
    """Noise, and a direction for each language as strong as told."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((TEXTS, WIDTH))
    return noise + signal * np.eye(WIDTH)[[LANGUAGES.index(each) for each in SPOKEN]]


def test_languages_that_stand_apart_are_told_and_noise_tells_nothing() -> None:
    apart = probe_languages(states_of(20.0), SPOKEN, GROUPS)
    assert apart.accuracy == 1.0
    assert apart.counts.tolist() == [[40, 0, 0], [0, 40, 0], [0, 0, 40]]
    noise = probe_languages(states_of(0.0), SPOKEN, GROUPS)
    assert noise.chance == pytest.approx(1 / 3)
    assert abs(noise.accuracy - noise.chance) < 0.13  # three standard deviations of 120 guesses
    assert noise.accuracy < probe_languages(states_of(1.5), SPOKEN, GROUPS).accuracy < 1


def test_what_a_text_says_does_not_tell_its_language() -> None:
    """States are of the group alone, and each group is of one language: only a leak of groups could tell it."""
    rng = np.random.default_rng(1)
    groups = [str(row // 4) for row in range(TEXTS)]
    content = 10 * rng.standard_normal((TEXTS // 4, 64))
    spoken = [LANGUAGES[int(group) % 3] for group in groups]
    states = content[[int(group) for group in groups]] + 0.01 * rng.standard_normal((TEXTS, 64))
    leaking = probe_languages(states, spoken, [str(row) for row in range(TEXTS)])
    assert leaking.accuracy == 1.0
    assert probe_languages(states, spoken, groups).accuracy < 0.6


def test_the_dealing_depends_on_the_seed_alone() -> None:
    states = states_of(1.0)
    first, again, other = (probe_languages(states, SPOKEN, GROUPS, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first.counts, again.counts)
    assert not np.array_equal(first.counts, other.counts)


def test_a_confusion_says_how_often_each_language_is_taken_for_each() -> None:
    confusion = Confusion.of(["en", "en", "en", "de"], ["en", "de", "en", "en"], ["en", "de", "zh"])
    assert confusion.counts.tolist() == [[2, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert (confusion.accuracy, confusion.chance) == (0.5, 0.75)
    assert confusion.table("csv").splitlines() == [
        "language \\ taken for,en,de,zh,texts",
        "en,66.7,33.3,0.0,3",
        "de,100.0,0.0,0.0,1",
        "zh,0.0,0.0,0.0,0",
    ]


@pytest.mark.parametrize(
    ("texts", "spoken", "groups", "message"),
    [
        (3, SPOKEN[:2], GROUPS[:3], "`languages` and `groups` must be of the 3 texts of `states`, but are of 2 and 3"),
        (2, ["en", "en"], ["a", "b"], "`languages` must be two or more, but are en instead"),
        (3, SPOKEN[:3], ["a", "b", "b"], "`groups` must be 5 or more, one a fold at least, but are 2 instead"),
    ],
)
def test_what_cannot_be_probed_is_refused(texts: int, spoken: list[str], groups: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        probe_languages(np.zeros((texts, 2)), spoken, groups)


def test_a_missing_scikit_learn_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(ImportError, match=r"pip install 'hf-xlqa\[analysis\]'"):
        probe_languages(states_of(0.0), SPOKEN, GROUPS)


def told_by(model: Any, answers: list[float]) -> Any:
    """The model with a discriminator that says the same of every text."""
    output = model.discriminator.output
    torch.nn.init.zeros_(output.weight)
    with torch.no_grad():
        output.bias.copy_(torch.tensor(answers))
    return model


def test_the_discriminator_is_judged_by_the_languages_of_the_questions() -> None:
    model = told_by(hidden_model(), [0.0, 1.0, 0.5])
    confusion = discriminator_confusion(
        model, asked_in(LANGUAGES), TOKENIZER, [LANGUAGES[row % 3] for row in range(12)]
    )
    assert confusion.languages == tuple(LANGUAGES)
    assert confusion.counts.tolist() == [[0, 4, 0]] * 3
    assert confusion.accuracy == confusion.chance == pytest.approx(1 / 3)


@pytest.mark.parametrize(("logit", "counts"), [(1.0, [[6, 0], [6, 0]]), (-1.0, [[0, 6], [0, 6]])])
def test_a_discriminator_of_one_score_tells_the_source_from_all_others(logit: float, counts: list[list[int]]) -> None:
    model = told_by(hidden_model(discriminator_scores="source", source_language="de"), [logit])
    spoken = ["de", "zh"] * 6
    confusion = discriminator_confusion(model, asked_in(LANGUAGES), TOKENIZER, spoken, batch_size=5)
    assert confusion.languages == ("de", OTHERS)
    assert confusion.counts.tolist() == counts


def test_languages_that_the_discriminator_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="must be of en, de, zh, which the discriminator knows, but are of hi, ko"):
        discriminator_confusion(hidden_model(), asked_in(LANGUAGES), TOKENIZER, [*["ko", "hi"] * 5, "en", "de"])
    with pytest.raises(ValueError, match="`languages` must be of 12 windows, but are of 1 instead"):
        discriminator_confusion(hidden_model(), asked_in(LANGUAGES), TOKENIZER, ["en"])
