"""The systems of Lee & Lee (2019) on the embedded sample: Chinese with few examples, English with many."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.corpora.sample.dictionary import SAMPLE, sample_dictionary
from hf_xlqa.experiment.comparison import Settings, compare_runs
from hf_xlqa.experiment.methods.qanet import QANet
from hf_xlqa.experiment.sample_study import SampleStudy, write_files
from hf_xlqa.experiment.study import System
from hf_xlqa.models.qanet_words import word_forms
from hf_xlqa.reports import xlt_table
from hf_xlqa.reports.pictures import draw_scores
from hf_xlqa.reports.seeds import means_by_system
from hf_xlqa.translation.dictionaries import read_dictionary
from hf_xlqa.word_vectors import build_vocabulary, train_vectors, write_vectors

QANET_SAMPLE_SETTINGS: dict[str, Any] = {
    "max_steps": 800,
    "learning_rate": 3e-3,
    "lr_scheduler_type": "constant_with_warmup",
    "warmup_steps": 0.1,
    "coupled_weight_decay": True,
    "weight_decay": 3e-7,
    "adam_beta1": 0.8,
    "adam_epsilon": 1e-7,
    "max_grad_norm": 5.0,
    "per_device_train_batch_size": 32,
    "per_device_eval_batch_size": 64,
    "max_length": 192,
    "window_step": 96,
    "max_question_length": 30,
    "outside": "drop",
}
"""Arguments for a QANet that learns the sample in minutes: the optimizer of the paper, with larger and fewer steps."""

SAMPLE_NETWORK = {
    "hidden_size": 32,
    "character_dim": 16,
    "model_blocks": 1,
    "model_convolutions": 1,
    "dropout": 0.0,
    "character_dropout": 0.0,
    "stochastic_depth": 0.0,
}
"""Small, and without dropout and stochastic depth: with them it only matches types for all of its updates."""
SAMPLE_DISCRIMINATOR = {"discriminator_channels": 16, "discriminator_blocks": 2}
_WIDTH = 64
BASELINE, DEPENDENT = "zh, few examples", "language-dependent layers"


@dataclass(frozen=True, kw_only=True)
class QANetStudy(SampleStudy):
    """Rows of Tables 2 and 3 of the paper in small: joint training, language-dependent layers, GAN-CH and GAN-EN.

    Word vectors are trained on the unlabelled texts of the training split; bilingual ones go by the sample's lexicon.
    Batches of two languages hold as many examples of the target as those of the target alone, and as many of the
    source besides (Algorithm 1).

    Args:
        amount: training examples of the target.
        max_lambda: of the GAN at the end of training.
        paragraphs, part, data, training, seeds: see `SampleStudy`; the paragraphs that no example of the target is of
            are the source corpus.
    """

    amount: int
    max_lambda: float
    target: str = field(default="zh", init=False)
    source: str = field(default="en", init=False)

    def prepare(self) -> None:
        """Write the corpora and the vectors of both languages, and say what is scored."""
        write_files(
            self.files,
            target=self.target,
            source=self.source,
            amount=self.amount,
            translations="gold",
            paragraphs=self.paragraphs,
        )
        dictionary = read_dictionary(sample_dictionary(self.source, self.target), self.source, self.target)
        for code in (self.source, self.target):
            texts = sample_examples("train", code, paragraphs=self.paragraphs)
            others = [each for split in ("dev", "test") for each in sample_examples(split, code)]
            words = build_vocabulary([*texts, *others]).words_of(code)
            if code == self.target:
                words |= {form for found in dictionary.entries.values() for word in found for form in word_forms(word)}
            write_vectors(self._vectors(code), train_vectors(texts, code, words, dimension=_WIDTH))
        self.data.evaluate = [f"biographies/{self.target}={self.files / self.part}.{self.target}.json"]

    @property
    def systems(self) -> list[System]:
        """The baseline first."""
        few, many = self._corpus("few", "train", self.target), self._corpus("many", "source", self.source)
        both = (self.source, self.target)
        joint: dict[str, Any] = {
            "training": {"balance_languages": True},
            "batch_factor": 2,
            "data": {"train": [many, few]},
        }
        return [
            System(BASELINE, self._method(bilingual=False), [self.target], data={"train": [few]}),
            System("en only", self._method(language_dependent=False), both, data={"train": [many]}),
            System("joint, one encoder", self._method(language_dependent=False), both, **joint),
            System(DEPENDENT, self._method(), both, **joint),
            *(
                System(name, self._method(), both, **{**joint, "training": self._game(side)})
                for name, side in (("GAN-CH", "source"), ("GAN-EN", "target"))
            ),
        ]

    def run(self) -> str:
        """Train and score every system; the report."""
        self.prepare()
        self.train()
        return self.report()

    def report(self) -> str:
        """The table, and two families of tests: all systems against the baseline, the GANs against no GAN.

        It is made of the answers that `run` has left, and written to `scores.md` with a picture, and to a folder a
        family.
        """
        runs = self.scores()
        rows = means_by_system(runs)
        parts = [f"{self.averaged}.", xlt_table(rows)]
        names = list(rows)
        for family, compared in {"baseline": names, "gan": names[names.index(DEPENDENT) :]}.items():
            report = compare_runs([run for run in runs if run.system in compared], Settings()).report
            report.write(self.folder / f"compared-{family}", "comparison.md")
            parts.append(report.text("plain"))
        text = self.tell(parts)
        draw_scores(rows, self.folder / "scores.png", measure="f1", title=f"F1 on the sample's {self.part} split")
        return text

    def _method(self, *, bilingual: bool = True, language_dependent: bool = True) -> QANet:
        languages = (self.source, self.target) if bilingual else (self.target,)
        return QANet(
            vectors=[f"{code}={self._vectors(code)}" for code in languages],
            dictionaries=[f"{self.source}-{self.target}={SAMPLE}"] if bilingual else [],
            language_dependent=language_dependent,
            network=SAMPLE_NETWORK,
            discriminator=SAMPLE_DISCRIMINATOR,
        )

    def _game(self, side: str) -> dict[str, Any]:
        """Training arguments of the GAN: lambda grows until the end.

        With the default loss the discriminator tells nearly all examples and the encoders get no gradient from it.
        """
        options = {
            "loss": "non_saturating",
            "sides": side,
            "updates": 1,
            "max_lambda": self.max_lambda,
            "ramp_steps": self.training.max_steps,
        }
        return {
            "balance_languages": True,
            "objectives": ["span", "language_gan"],
            "objective_options": {"language_gan": options},
        }

    def _vectors(self, language: str) -> Path:
        return self.files / f"{language}.vec"

    def _corpus(self, name: str, part: str, language: str) -> str:
        return f"{name}/{language}={self.files / part}.{language}.json"
