"""The systems of language-adversarial training and the Language Arbitration Framework (2020) on the embedded sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.corpora.sample.names import Split
from hf_xlqa.experiment.comparison import Settings, compare_runs
from hf_xlqa.experiment.laf_corpora import (
    LANGUAGES,
    PARTS,
    SOURCE,
    TRANSLATIONS,
    matrix_specs,
    read_matrix,
    training_specs,
    write_corpora,
    write_matrix,
)
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.probe import probe_table
from hf_xlqa.experiment.sample_study import SampleStudy
from hf_xlqa.experiment.study import System
from hf_xlqa.json_record import write_text
from hf_xlqa.messages import check_choice
from hf_xlqa.reports.gxlt import gxlt_matrix
from hf_xlqa.reports.gxlt_systems import gxlt_systems_table, over_the_matrix
from hf_xlqa.reports.pictures import draw_matrix
from hf_xlqa.reports.seeds import means_by_system, runs_by_system

SETTINGS = {"en-zh": (SOURCE, "zh"), "en-all": LANGUAGES}
"""The languages of questions, by the paper's names."""

CONTROLS = {"en-zh": "T(Q) (en-zh)", "en-all": "T(Q)"}
"""What the systems of a setting are without their objectives."""

BEST = "PSA+QS (en-all)"
"""The system whose matrix is drawn, as in Table 3 of the paper."""


@dataclass(frozen=True, kw_only=True)
class LafStudy(SampleStudy):
    """Table 2 of the paper in small, with a row more: T(Q) in one language, which the systems of en-zh are without
    their objectives.

    Every run makes the same number of updates on as many texts each: a pair of questions counts as two. Beside T(Q) a
    discriminator learns against which nobody plays, to be compared with that of AT.

    Args:
        questions: of the evaluated split in every cell of the matrix; the language probe reads as many.
        translations: what is trained on, see `laf_corpora.write_corpora`.
        adversarial_weight: of the term of AT.
        paragraphs, part, data, training, seeds: see `SampleStudy`.

    Raises:
        ValueError: when `part` or `translations` is unknown.
    """

    questions: int
    translations: str
    adversarial_weight: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("translations", self.translations, ("lexicon", "gold"))

    def prepare(self) -> None:
        """Write the corpora, and say what is scored."""
        write_corpora(self.files, paragraphs=self.paragraphs, translations=self.translations)
        write_matrix(self.files, cast(Split, self.part), self.questions)
        self.data.evaluate = matrix_specs(self.files, self.part)

    @property
    def systems(self) -> list[System]:
        """Zero-shot, translated corpora, and the objectives of both settings."""
        translated = [self._plain(name, TRANSLATIONS, name) for name in (*list(PARTS)[1:], "T(ALL)")]
        controls = [self._listening(name, SETTINGS[setting]) for setting, name in CONTROLS.items()]
        objectives = [system for setting in SETTINGS for system in self._with_objectives(setting)]
        return [self._plain("ZS", (), None), *controls, *translated, *objectives]

    def run(self) -> str:
        """Train and score every system; the report."""
        self.prepare()
        self.train()
        return self.report()

    def report(self) -> str:
        """The table, tests against zero-shot and within each setting, and the language probe.

        It is made of the answers and checkpoints that `run` has left, and written to `scores.md` with the matrix of
        `BEST` beside it, and to a folder a family of tests.
        """
        runs = self.scores()
        table = gxlt_systems_table(runs)
        write_text(self.folder / "scores.csv", gxlt_systems_table(runs, style="csv") + "\n")
        best = gxlt_matrix(means_by_system(runs)[BEST])
        draw_matrix(best, self.folder / "gxlt.png", title=f"{BEST}: F1 on the sample's {self.part} split")
        parts = [f"{self.averaged}.", table, f"{BEST}:\n\n{best.table()}"]
        whole = [over_the_matrix(run) for run in runs]
        names = list(runs_by_system(runs))
        families = {"ZS": names} | {
            setting: [control, *(name for name in names if name.endswith(f" ({setting})") and name != control)]
            for setting, control in CONTROLS.items()
        }
        for family, members in families.items():
            tested = [run for run in whole if run.system in members]
            compared = compare_runs(tested, Settings(), baseline=members[0], all_pairs=family in SETTINGS)
            compared.report.write(self.folder / f"compared-{family}", "comparison.md")
            parts.append(compared.comparisons.table())
        return self.tell([*parts, self._probe()])

    def _probe(self) -> str:
        matrix = read_matrix(cast(Split, self.part), self.questions)
        kept = [system for system in self.systems if system.keep]
        checkpoints: dict[str, list[Path]] = {"before training": [encoder_path()]}
        checkpoints |= {each.name: [each.folder(self.folder, seed) for seed in self.seeds] for each in kept}
        questions = {language: matrix[SOURCE, language] for language in LANGUAGES}
        return probe_table(checkpoints, questions, SETTINGS, self.data)

    def _plain(self, name: str, languages: Sequence[str], corpus: str | None, **own: Any) -> System:
        train = training_specs(self.files, languages, corpus)
        return System(name, Encoder(), (SOURCE, *languages), data={"train": train}, **own)

    def _listening(self, name: str, languages: Sequence[str], weight: float = 0.0, update: str = "joint") -> System:
        """A reader of T(Q) with a discriminator: one that learns beside it, or with a weight one to be fooled."""
        training = {
            "objectives": ["span", f"language_adversarial={weight}"],
            "objective_options": {"language_adversarial": {"update": update}},
        }
        system = self._plain(name, languages[1:], "T(Q)", training=training, keep=True)
        discriminator = {"discriminator_kind": "perceptron"}
        return replace(system, method=Encoder(discriminator=discriminator))

    def _with_objectives(self, setting: str) -> list[System]:
        """AT, PSA and PSA+QS."""
        languages = SETTINGS[setting]
        half = {"per_device_train_batch_size": self.training.per_device_train_batch_size // 2}
        at = self._listening(f"AT ({setting})", languages, self.adversarial_weight, "alternating")
        pairs = {"PSA": ["span", "psa"], "PSA+QS": ["span", "psa", "qs"]}
        return [
            at,
            *(
                self._plain(
                    f"{name} ({setting})", languages[1:], "T(Q)", training={"objectives": terms, **half}, keep=True
                )
                for name, terms in pairs.items()
            ),
        ]
