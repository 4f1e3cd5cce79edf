"""Zero-shot transfer of Hsu et al. (2019) on the embedded sample: who is trained on what, and what is told of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import cast

from hf_xlqa.corpora.sample import sample_examples, type_matching_floor
from hf_xlqa.corpora.sample.grammar import LANGUAGES
from hf_xlqa.corpora.sample.names import Split
from hf_xlqa.default_record import command_of
from hf_xlqa.experiment.comparison import Settings, compare_runs
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.report import Picture, Report, Table
from hf_xlqa.experiment.sample_study import SampleStudy
from hf_xlqa.experiment.study import System
from hf_xlqa.experiment.zero_shot_corpora import (
    CHINESE,
    ENGLISH,
    ORDERS,
    PLAIN_SET,
    SOURCES,
    SWITCHED,
    TRANSLATED,
    ZeroShotCorpora,
    changes_table,
)
from hf_xlqa.experiment.zero_shot_states import ReaderStates, read_states
from hf_xlqa.experiment.zero_shot_tables import (
    TESTED,
    UNTOUCHED,
    Means,
    factors_table,
    of_languages,
    switched_cells,
    switched_table,
    unseen_cells,
    unseen_table,
    untouched_and_changed,
)
from hf_xlqa.reports import xlt_table
from hf_xlqa.reports.analysis_pictures import draw_changes
from hf_xlqa.reports.seeds import means_by_system
from hf_xlqa.reports.system import SystemScores

BOTH = f"{ENGLISH}+{CHINESE}"


@dataclass(frozen=True, kw_only=True)
class ZeroShotStudy(SampleStudy):
    """Tables 1-4 and 6 of the paper in small, with tests and the analysis of variance of section 2.3.2.

    Every run makes the same number of updates, so a halved corpus is read twice as often, and its last weights are
    scored once.

    Args:
        paragraphs, part, data, training, seeds: see `SampleStudy`; halved corpora are of half of the paragraphs, and
            `max_evaluation_examples` cuts every evaluation set.
    """

    @cached_property
    def corpora(self) -> ZeroShotCorpora:
        """What is trained on and scored."""
        part, questions = cast(Split, self.part), self.data.max_evaluation_examples
        return ZeroShotCorpora(self.files, self.paragraphs, part, questions)

    @property
    def systems(self) -> list[System]:
        """By what they are trained on: each language, English with Chinese, halves, translations, word orders."""
        corpora = {language: {language: language} for language in LANGUAGES}
        corpora[BOTH] = {ENGLISH: ENGLISH, CHINESE: CHINESE}
        corpora |= {f"{source} half": {f"{source} half": source} for source in SOURCES}
        names = {f"{source}-{target}": target for source in SOURCES for target in TRANSLATED[source]}
        names |= {f"{ENGLISH}-{order}": ENGLISH for order in ORDERS}
        corpora |= {name: {name: language} for name, language in names.items()}
        return [self._system(name, languages) for name, languages in corpora.items()]

    def run(self) -> str:
        """Write the corpora, train and score every system; the report."""
        self.corpora.write()
        self.data.evaluate = self.corpora.evaluation_specs
        self.train()
        return self.report()

    def report(self) -> str:
        """The tables, tests and pictures, made of the answers that `run` has left, and written to `scores.md`."""
        self.data.evaluate = self.corpora.evaluation_specs
        runs = self.scores()
        rows = means_by_system(runs)
        states = self._states(runs)
        told = Report(
            title=f"Zero-shot transfer on the sample's {self.part} split",
            tables=[*self._tables(rows), *states.tables, *self._tests(runs)],
            notes=self._notes(),
            pictures=[*_pictures(rows), *states.pictures],
            origin=[command_of(sys.argv)],
        )
        told.write(self.folder, "scores.md")
        return told.text("plain") + "\n"

    def _system(self, name: str, languages: Mapping[str, str]) -> System:
        specs = [self.corpora.training_spec(corpus, language) for corpus, language in languages.items()]
        return System(name, Encoder(), tuple(languages.values()), data={"train": specs}, keep=name in LANGUAGES)

    def _tables(self, rows: Means) -> list[Table]:
        shares = {language: self.corpora.replaced(language) for language in SWITCHED}
        plain = of_languages(rows, LANGUAGES)
        orders = [ENGLISH, *(f"{ENGLISH}-{order}" for order in ORDERS)]
        first = of_languages({name: rows[name] for name in (CHINESE, ENGLISH, BOTH)}, [CHINESE])
        second = {name: scores for name, scores in plain.items() if name not in (BOTH, *orders[1:])}
        sixth = {name: plain[name] for name in orders}
        changes = self.corpora.changes().values()
        return [
            Table("Table 1: Chinese by what was trained on", "table1", partial(xlt_table, first)),
            Table("Table 2: languages and translations trained on", "table2", partial(xlt_table, second)),
            Table("Table 3: permuted languages", "table3", partial(unseen_table, rows)),
            Table("Table 4: code-switched English", "table4", partial(switched_table, rows, shares)),
            Table("Table 6: orders of subject, verb and object", "table6", partial(xlt_table, sixth)),
            Table("Factors of the scores (section 2.3.2)", "factors", partial(factors_table, rows)),
            Table("What the changes changed", "changes", partial(changes_table, changes)),
        ]

    def _tests(self, runs: Sequence[SystemScores]) -> list[Table]:
        """Fisher's randomization test of each family against its untouched corpus, Holm's correction within it."""
        families: dict[str, list[SystemScores]] = {}
        for source in SOURCES:
            others = [f"{source} half", *(f"{source}-{target}" for target in TRANSLATED[source])]
            others += [BOTH, *(f"{each}-{source}" for each in SOURCES if each != source)]
            families[f"Trained on {source} against changed corpora"] = _of_runs(runs, [source, *others])
        orders = [ENGLISH, *(f"{ENGLISH}-{order}" for order in ORDERS)]
        families["Trained on English in other orders"] = _of_runs(runs, orders)
        for language in SOURCES:
            trained = [run for run in runs if run.system == language]
            families[f"Trained and asked in {language}, untouched or not"] = untouched_and_changed(trained, language)
        return [
            Table(title, f"tests{place}", compare_runs(own, Settings()).comparisons.table)
            for place, (title, own) in enumerate(families.items(), start=1)
        ]

    def _states(self, runs: Sequence[SystemScores]) -> ReaderStates:
        """Of the readers of one language each, of the first seed."""
        first = {run.system: run for run in runs if run.seed == self.seeds[0]}
        readers = {
            system.name: (system.folder(self.folder, self.seeds[0]), first[system.name])
            for system in self.systems
            if system.keep
        }
        plain = [spec for spec in self.corpora.evaluation_specs if spec.startswith(f"{PLAIN_SET}/")]
        return read_states(readers, plain, self.data, self.folder / "states")

    def _notes(self) -> list[str]:
        questions = self.data.max_evaluation_examples
        floor = type_matching_floor(sample_examples(cast(Split, self.part), ENGLISH)[:questions])
        return [
            f"{self.averaged}; {self.paragraphs} paragraphs of three questions and "
            f"{self.training.max_steps} updates a run.",
            f"Any candidate of the right type for an answer is right in {floor:.1f} % of the questions.",
            "`en-zh` is English translated into Chinese, word by word through the sample's lexicon; the paragraphs of "
            "all languages are the same, those of a half are the first of them.",
            "Code-switched are words, not names; permuted Chinese is exchanged character by character.",
            f"Similarities are of the readers of seed {self.seeds[0]}; pairs share readers and questions, too.",
            "Factors: rows are the means of a training corpus in a tested language, which share models and questions, "
            "so p-values rank the factors and no more.",
        ]


def _of_runs(runs: Sequence[SystemScores], names: Sequence[str]) -> list[SystemScores]:
    """The runs of systems, in the order of their names, with the sets of the paper's languages."""
    chosen = sorted((run for run in runs if run.system in names), key=lambda run: names.index(run.system))
    wanted = {f"{PLAIN_SET}/{language}" for language in TESTED}
    return [replace(run, sets=tuple(each for each in run.sets if each.score.name in wanted)) for run in chosen]


def _pictures(rows: Means) -> list[Picture]:
    plain = of_languages(rows, LANGUAGES)
    orders = {name: plain[name] for name in (ENGLISH, *(f"{ENGLISH}-{order}" for order in ORDERS))}
    pictures = [
        _picture(f"translated-{source}", _with_translations(plain, source), source, f"{source} and its translations")
        for source in SOURCES
    ]
    return [
        *pictures,
        _picture("permuted", unseen_cells(rows), UNTOUCHED, "Permuted languages: trained on → asked in"),
        _picture("switched", switched_cells(rows), UNTOUCHED, "Code-switched English: trained on → asked in"),
        _picture("orders", orders, ENGLISH, "English in other orders of subject, verb and object"),
    ]


def _with_translations(plain: Means, source: str) -> Means:
    return {name: plain[name] for name in (source, *(f"{source}-{target}" for target in TRANSLATED[source]))}


def _picture(stem: str, systems: Means, untouched: str, title: str) -> Picture:
    return Picture(f"{stem}.png", partial(_draw, systems, untouched, title))


def _draw(systems: Means, untouched: str, title: str, path: Path) -> Path:
    return draw_changes(systems, path, untouched=untouched, measure="f1", title=title)
