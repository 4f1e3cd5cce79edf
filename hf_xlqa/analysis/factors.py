"""Which factors of an experiment its scores depend on: analysis of variance over a table of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from hf_xlqa.reports.grid import Style, render

Row = Mapping[str, Any]
"""One experiment: the level of each factor, and the score."""

_DIGITS = 4


@dataclass(frozen=True)
class Effect:
    """What one factor, or the interaction of several, accounts for.

    Args:
        factor: its name; those of an interaction are joined by ":".
        sum_of_squares: of the scores, in their unit squared.
        degrees: of freedom.
        f, p_value: of the test that it makes no difference.
        eta_squared: share of all variance, SS / SS_total; of unbalanced data the shares need not add up.
        partial_eta_squared: share of what no other factor accounts for, SS / (SS + SS_residual).
        omega_squared: `eta_squared` less what chance gives, (SS - degrees MS_residual) / (SS_total + MS_residual);
            below 0 where chance gives more.
    """

    factor: str
    sum_of_squares: float
    degrees: int
    f: float
    p_value: float
    eta_squared: float
    partial_eta_squared: float
    omega_squared: float


@dataclass(frozen=True)
class VarianceTable:
    """Effects of all factors, and what is left.

    Args:
        effects: in the order they were asked for.
        residual: sum of squares that no factor accounts for.
        residual_degrees: of freedom.
        total: sum of squares about the mean of all scores.
    """

    effects: tuple[Effect, ...]
    residual: float
    residual_degrees: int
    total: float

    def ranked(self) -> list[Effect]:
        """The effects, the most significant first; those as significant by their F."""
        return sorted(self.effects, key=lambda effect: (effect.p_value, -effect.f))

    def table(self, style: Style = "markdown") -> str:
        """A row an effect, and the residual; see `grid.render`."""
        header = ["factor", "SS", "df", "F", "p", "eta²", "partial eta²", "omega²"]
        rows = [
            [each.factor, *map(_shown, (each.sum_of_squares, each.degrees, each.f, each.p_value)), *_sizes(each)]
            for each in self.effects
        ]
        left = ["residual", _shown(self.residual), str(self.residual_degrees)]
        return render([header, *rows, left + [""] * (len(header) - len(left))], style)


def one_way(rows: Sequence[Row], factors: Sequence[str], *, score: str = "f1") -> list[Effect]:
    """The effect of each factor by itself, whatever the others are: one-way analyses of variance.

    Args:
        rows: the experiments.
        factors: names of their factors.
        score: name of their score.

    Raises:
        ImportError: when statsmodels is missing.
        ValueError: see `variance_table`.

    Source: Hsu et al. 2019, section 2.3.2, for training corpus, size and translation.
    """
    return [variance_table(rows, [factor], score=score).effects[0] for factor in factors]


def variance_table(
    rows: Sequence[Row], factors: Sequence[str], *, score: str = "f1", interactions: Sequence[Sequence[str]] = ()
) -> VarianceTable:
    """The effect of each factor beside the others, by sums of squares of type II.

    Of type II is what a factor accounts for beyond all others and their interactions that it is no part of
    (Langsrud 2003): where cells are of different numbers of rows, the order of the factors does not matter, and
    of one factor it is the one-way analysis.

    Args:
        rows: the experiments; levels are told apart as text.
        factors: names of their factors.
        score: name of their score.
        interactions: factors that may act together, such as [("corpus", "translated")].

    Raises:
        ImportError: when statsmodels is missing.
        ValueError: when a row lacks a factor or a score that is a finite number, a factor is repeated, unknown or of
            one level, the scores are all the same, the factors determine each other, or there are no more rows than
            the factors have effects.
    """
    terms = [(factor,) for factor in factors] + [tuple(each) for each in interactions]
    scores = _check(rows, factors, terms, score)
    columns = {factor: f"C(factor{place})" for place, factor in enumerate(factors)}
    data = {f"factor{place}": np.array([str(row[factor]) for row in rows]) for place, factor in enumerate(factors)}
    labels = {term: ":".join(columns[factor] for factor in term) for term in terms}
    ols, anova = _statsmodels()
    model = ols(f"score ~ {' + '.join(labels.values())}", data={"score": scores, **data})
    _check_design(model.exog, ", ".join(":".join(term) for term in terms))
    fitted = model.fit()
    found = anova(fitted, typ=2)
    total = float(((scores - scores.mean()) ** 2).sum())
    left: dict[str, Any] = {"residual": float(fitted.ssr), "residual_degrees": int(fitted.df_resid), "total": total}
    effects = [_effect(":".join(term), *found.loc[label].tolist(), **left) for term, label in labels.items()]
    return VarianceTable(tuple(effects), **left)


def _effect(
    factor: str,
    squares: float,
    degrees: int,
    f: float,
    p: float,
    *,
    residual: float,
    residual_degrees: int,
    total: float,
) -> Effect:
    noise = residual / residual_degrees
    return Effect(
        factor=factor,
        sum_of_squares=squares,
        degrees=int(degrees),
        f=f,
        p_value=p,
        eta_squared=squares / total,
        partial_eta_squared=squares / (squares + residual) if squares + residual else 0.0,
        omega_squared=(squares - degrees * noise) / (total + noise),
    )


def _check(rows: Sequence[Row], factors: Sequence[str], terms: Sequence[tuple[str, ...]], score: str) -> Any:
    """The scores (rows,), of rows in which every factor is and varies."""
    if not factors or len(set(terms)) < len(terms):
        raise ValueError(f"`factors` must be one or more, each once, but are {list(factors)} instead.")
    strangers = sorted(set(chain.from_iterable(terms)) - set(factors))
    if strangers:
        raise ValueError(f"`interactions` must be of {', '.join(factors)}, but are of {', '.join(strangers)} instead.")
    for place, row in enumerate(rows):
        absent = [name for name in (*factors, score) if row.get(name) is None]
        if absent:
            raise ValueError(f"`rows[{place}]` must have {', '.join(absent)}, but has {', '.join(row)} instead.")
    for factor in factors:
        levels = sorted({str(row[factor]) for row in rows})
        if len(levels) < 2:
            raise ValueError(f"`{factor}` must have two levels or more, but has {', '.join(levels) or 'none'} instead.")
    scores = np.array([row[score] for row in rows], np.float64)
    if not np.isfinite(scores).all() or np.ptp(scores) == 0:
        raise ValueError(f"`{score}` must be finite numbers that differ, but are {scores.tolist()} instead.")
    return scores


def _check_design(design: Any, named: str) -> None:
    """Refuses what leaves effects undetermined, or none to compare them with; design (rows, 1 + effects)."""
    rows, columns = design.shape
    if rows <= columns:
        raise ValueError(
            f"`rows` must be more than the {columns} that {named} account for exactly, but are {rows} instead; add "
            "seeds or leave out a factor or interaction."
        )
    apart = np.linalg.matrix_rank(design) - 1
    if apart < columns - 1:
        raise ValueError(
            f"`factors` must vary one without the other, but of the {columns - 1} effects of {named} only {apart} can "
            "be told apart; leave out a factor or interaction that others determine."
        )


def _sizes(effect: Effect) -> list[str]:
    return [_shown(each) for each in (effect.eta_squared, effect.partial_eta_squared, effect.omega_squared)]


def _shown(value: float) -> str:
    return f"{value:.{_DIGITS}g}"


def _statsmodels() -> tuple[Any, Any]:
    try:
        from statsmodels.formula.api import ols
        from statsmodels.stats.anova import anova_lm
    except ImportError as error:
        raise ImportError("An analysis of variance needs statsmodels: pip install 'hf-xlqa[analysis]'") from error
    return ols, anova_lm
