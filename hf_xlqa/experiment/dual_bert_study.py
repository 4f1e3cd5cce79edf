"""The systems of Cui et al. (2019), Table 2: by way of translation, trained on either language or both, Dual BERT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from hf_xlqa.back_translation.reader import KINDS
from hf_xlqa.experiment.back_translation import BackTranslationArguments, run_back_translation
from hf_xlqa.experiment.comparison import Settings, compare_runs, read_scores
from hf_xlqa.experiment.methods.dual_bert import DualBert
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.paper_study import PaperStudy
from hf_xlqa.experiment.study import System, scores_of, study
from hf_xlqa.json_record import write_text
from hf_xlqa.models import DualBertConfig
from hf_xlqa.reports import Score, xlt_table
from hf_xlqa.reports.seeds import means_by_system
from hf_xlqa.reports.system import SystemScores


@dataclass(frozen=True, kw_only=True)
class DualBertStudy(PaperStudy):
    """Target-only, zero-shot, cascade and mixed training, Dual BERT in each of its presets, and back-translation.

    The source reader is trained once, with the first seed; cascade training, Dual BERT and back-translation start
    from it.

    Args:
        encoder: what the others start from, as in `Encoder`.
        target: training corpora in the target language, as in `DataArguments.train`.
        source: training corpora in the source language, likewise.
        parallel: the target's corpora with their translations, as in `DataArguments.parallel`.
        source_steps: updates of the source reader; mixed training has as many more than the others.
        data, training, seeds: see `PaperStudy`; `languages` are the target and the source, `max_steps` are updates on
            the target.
    """

    encoder: str
    target: Sequence[str]
    source: Sequence[str]
    parallel: Sequence[str]
    source_steps: int

    @cached_property
    def source_reader(self) -> System:
        """Row 9 of the paper: trained on the source language, asked in the target language."""
        name, languages = "source only (zero-shot)", self.data.languages[1:]
        return replace(self._plain(name, self.encoder, languages, self.source, self.source_steps), keep=True)

    @property
    def source_reader_folder(self) -> str:
        """The checkpoint of the source reader."""
        return str(self.source_reader.folder(self.folder, self.seeds[0]))

    @cached_property
    def systems(self) -> list[System]:
        """Rows 7, 10 and 11, 8 and 12 of the paper, the last of them in every preset."""
        steps, reader, both = self.training.max_steps, self.source_reader_folder, self.data.languages
        corpora = {"train": [], "parallel": list(self.parallel)}
        alone = System("Dual BERT without source data", DualBert(encoder=self.encoder), both, data=corpora)
        dual = [
            System(f"Dual BERT {preset}", DualBert(encoder=reader, preset=preset), both, data=corpora)
            for preset in DualBertConfig.presets
        ]
        return [
            self._plain("target only", self.encoder, both[:1], self.target, steps),
            self._plain("cascade", reader, both[:1], self.target, steps),
            self._plain("mixed", self.encoder, both, [*self.target, *self.source], steps + self.source_steps),
            alone,
            *dual,
        ]

    def run(self) -> dict[str, list[Score]]:
        """Train and score all that is trained end to end; rows of the table by name."""
        rows = study([self.source_reader], self.training, self.data, seeds=self.seeds[:1])
        return rows | self.train()

    def back_translate(self, options: BackTranslationArguments) -> list[SystemScores]:
        """Rows 2 to 5 of the paper: answers of the source reader, translated back and found again in four ways.

        Args:
            options: the translators; the reader and the kind are the study's.
        """
        own = {"source_reader": self.source_reader_folder, "source_train": list(self.source)}
        runs: dict[str, dict[int, SystemScores]] = {}
        for kind in KINDS:
            for seed in self.seeds:
                folder = self.folder / f"back-translation-{kind}-{seed}"
                run_back_translation(
                    replace(options, kind=kind, **cast(Any, own)),
                    Encoder(encoder=self.encoder),
                    replace(self.data, train=list(self.target), parallel=[]),
                    replace(self.training, output_dir=str(folder), seed=seed),
                )
                for way in ("none", "simple_match", kind):
                    runs.setdefault(way, {})[seed] = read_scores(folder / way)
        return [run for by_seed in runs.values() for run in by_seed.values()]

    def report(
        self, rows: dict[str, list[Score]], others: Sequence[SystemScores] = (), rules: Iterable[str | None] = (None,)
    ) -> str:
        """The table, and tests between all systems by each rule; written to `scores.md` and a folder a rule.

        Args:
            rows: what `run` gave.
            others: what `back_translate` gave.
            rules: of `metrics/`; None for that of the corpus, the only one under which the others are tested.
        """
        if others:
            rows = rows | means_by_system(others)
        parts = [f"{self.averaged}; the source reader of seed {self.seeds[0]}.", xlt_table(rows)]
        for rule in rules:
            runs = scores_of([self.source_reader], self.folder, self.data, seeds=self.seeds[:1], rule=rule)
            runs += self.scores(rule)
            compared = compare_runs([*runs, *(others if rule is None else ())], Settings(), all_pairs=True)
            folder = self.folder / f"compared-{rule or 'own-rule'}"
            compared.report.write(folder, "comparison.md")
            write_text(folder / "comparison.json", compared.to_json())
            parts.append(compared.report.text("plain"))
        return self.tell(parts)

    def _plain(self, name: str, encoder: str, languages: Sequence[str], corpora: Sequence[str], steps: int) -> System:
        """A plain reader on corpora of its own."""
        data = {"train": list(corpora), "parallel": []}
        return System(name, Encoder(encoder=encoder), languages, data=data, training={"max_steps": steps})
