"""Analysis of variance: that of SciPy, sums of squares by least squares, and the table of a paper."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hf_xlqa.analysis.factors import one_way, variance_table

RNG = np.random.default_rng(0)
ROWS = [
    {"corpus": corpus, "translated": translated, "size": size, "f1": 60 + 9 * (corpus == "en") + 2 * size + noise}
    for corpus, translated, size, noise in zip(
        RNG.choice(["en", "zh", "de"], 40),
        RNG.choice([True, False], 40),
        RNG.choice([1, 2], 40),
        RNG.standard_normal(40),
        strict=True,
    )
]
FACTORS = ["corpus", "translated", "size"]
# Hsu et al. 2019, Table 2, F1 on English, Chinese and Korean: all models trained on English or Chinese.
TABLE_2 = {
    ("en", "en"): (88.6, 78.8, 69.3),
    ("zh", "zh"): (53.8, 88.7, 78.2),
    ("en", "fr"): (76.4, 72.5, 56.3),
    ("en", "zh"): (71.4, 78.8, 72.7),
    ("en", "ja"): (64.9, 76.7, 70.4),
    ("en", "ko"): (50.1, 71.6, 70.8),
    ("zh", "en"): (44.1, 71.1, 59.5),
    ("zh", "fr"): (39.8, 62.0, 59.9),
    ("zh", "ja"): (42.6, 72.4, 65.7),
    ("zh", "ko"): (42.2, 69.5, 67.7),
}


def residual_squares(rows: list[dict[str, Any]], terms: list[tuple[str, ...]]) -> float:
    """What least squares on indicators of every cell of the terms leave."""
    columns = [np.ones(len(rows))]
    for term in terms:
        cells = [tuple(row[factor] for factor in term) for row in rows]
        columns += [np.array([each == cell for each in cells], float) for cell in sorted(set(cells), key=str)]
    scores = np.array([row["f1"] for row in rows])
    design = np.stack(columns, axis=1)
    return float(((scores - design @ np.linalg.lstsq(design, scores)[0]) ** 2).sum())


def test_one_factor_is_what_scipy_has() -> None:
    for effect, factor in zip(one_way(ROWS, FACTORS), FACTORS, strict=True):
        levels = {row[factor] for row in ROWS}
        groups = [[row["f1"] for row in ROWS if row[factor] == level] for level in levels]
        expected = stats.f_oneway(*groups)
        assert (effect.f, effect.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
        assert (effect.factor, effect.degrees) == (factor, len(levels) - 1)
        between = sum(len(group) * (np.mean(group) - np.mean([row["f1"] for row in ROWS])) ** 2 for group in groups)
        assert effect.sum_of_squares == pytest.approx(between)
        assert effect.eta_squared == pytest.approx(effect.partial_eta_squared)


def test_several_factors_of_unbalanced_data_account_for_what_they_add_to_the_others() -> None:
    found = variance_table(ROWS, FACTORS)
    full = residual_squares(ROWS, [(factor,) for factor in FACTORS])
    scores = [row["f1"] for row in ROWS]
    assert found.residual == pytest.approx(full)
    assert found.total == pytest.approx(len(scores) * np.var(scores))
    assert found.residual_degrees == 40 - 1 - 2 - 1 - 1
    for effect in found.effects:
        others = [(factor,) for factor in FACTORS if factor != effect.factor]
        squares = residual_squares(ROWS, others) - full
        noise = full / found.residual_degrees
        f = squares / effect.degrees / noise
        assert effect.sum_of_squares == pytest.approx(squares)
        assert effect.f == pytest.approx(f)
        assert effect.p_value == pytest.approx(stats.f.sf(f, effect.degrees, found.residual_degrees))
        assert effect.eta_squared == pytest.approx(squares / found.total)
        assert effect.partial_eta_squared == pytest.approx(squares / (squares + full))
        assert effect.omega_squared == pytest.approx((squares - effect.degrees * noise) / (found.total + noise))
    turned = variance_table(ROWS, FACTORS[::-1])
    assert [each.f for each in turned.effects] == pytest.approx([each.f for each in found.effects][::-1])
    assert [effect.factor for effect in found.ranked()] == ["corpus", "size", "translated"]


def test_an_interaction_leaves_the_factors_beside_it_what_they_account_for() -> None:
    found = variance_table(ROWS, FACTORS, interactions=[("corpus", "size")])
    main = [(factor,) for factor in FACTORS]
    full = residual_squares(ROWS, [*main, ("corpus", "size")])
    together = found.effects[-1]
    assert (together.factor, together.degrees) == ("corpus:size", 2)
    assert together.sum_of_squares == pytest.approx(residual_squares(ROWS, main) - full)
    corpus = residual_squares(ROWS, main[1:]) - residual_squares(ROWS, main)
    assert found.effects[0].sum_of_squares == pytest.approx(corpus)


def test_the_order_of_factors_that_was_published() -> None:
    """ "the characteristics of training data is more important than translated into target language or not"."""
    rows = [
        {"corpus": corpus, "translated": corpus != language, "tested": tested, "f1": f1}
        for (corpus, language), scores in TABLE_2.items()
        for tested, f1 in zip(("en", "zh", "ko"), scores, strict=True)
    ]
    ranked = sorted(one_way(rows, ["corpus", "translated"]), key=lambda effect: effect.p_value)
    assert [effect.factor for effect in ranked] == ["corpus", "translated"]
    beside = variance_table(rows, ["corpus", "translated", "tested"])
    assert all(effect.p_value < 0.05 for effect in beside.effects)


def test_a_table_for_people() -> None:
    rows = [{"a": "x", "f1": 1.0}, {"a": "x", "f1": 3.0}, {"a": "y", "f1": 5.0}, {"a": "y", "f1": 7.0}]
    assert variance_table(rows, ["a"]).table("csv").splitlines() == [
        "factor,SS,df,F,p,eta²,partial eta²,omega²",
        "a,16,1,8,0.1056,0.8,0.8,0.6364",
        "residual,4,2,,,,,",
    ]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (ROWS, {"factors": []}, r"`factors` must be one or more, each once, but are \[\] instead"),
        (ROWS, {"factors": ["size", "size"]}, "`factors` must be one or more, each once"),
        (ROWS, {"factors": ["size"], "interactions": [("size", "corpus")]}, "must be of size, but are of corpus"),
        (ROWS, {"factors": ["model"]}, r"`rows\[0\]` must have model, but has corpus, translated, size, f1 instead"),
        (ROWS, {"factors": ["size"], "score": "em"}, r"`rows\[0\]` must have em, but has corpus"),
        ([], {"factors": ["size"]}, "`size` must have two levels or more, but has none instead"),
        (ROWS[:1], {"factors": ["corpus"]}, "`corpus` must have two levels or more, but has [a-z]{2} instead"),
        ([{**row, "f1": 1} for row in ROWS], {"factors": ["size"]}, "`f1` must be finite numbers that differ, but are"),
        (
            [{**row, "twice": 2 * row["size"]} for row in ROWS],
            {"factors": ["size", "twice"]},
            "vary one without the other, but of the 2 effects of size, twice only 1 can be told apart",
        ),
        (
            [{"a": "x", "f1": 1}, {"a": "y", "f1": 2}],
            {"factors": ["a"]},
            "`rows` must be more than the 2 that a account for exactly, but are 2 instead",
        ),
    ],
)
def test_what_cannot_be_analysed_is_refused(rows: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variance_table(rows, **options)


def test_a_missing_statsmodels_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.formula.api", None)
    with pytest.raises(ImportError, match=r"needs statsmodels: pip install 'hf-xlqa\[analysis\]'"):
        one_way(ROWS, ["corpus"])
