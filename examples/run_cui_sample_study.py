"""Table 2 of Cui et al. 2019 on the embedded sample: Chinese with few examples, English with many.

    python examples/run_cui_sample_study.py --output_dir outputs/cui [--part dev] [--seeds 0 1 2]

Answers by way of English (translated by the sample's lexicon and back, as they are, by SimpleMatch, Aligner and
Verifier), target-only, zero-shot, cascade and mixed training, and Dual BERT in its presets, with tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hf_xlqa.experiment.back_translation import BackTranslationArguments
from hf_xlqa.experiment.command import read_study
from hf_xlqa.experiment.dual_bert_study import DualBertStudy
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS, write_files

DEFAULTS = {**SAMPLE_SETTINGS, "output_dir": "outputs/cui", "max_steps": 40, "save_strategy": "no", "report_to": []}
DEFAULTS["per_device_train_batch_size"] = 16
CORPUS, TARGET, SOURCE = "biographies", "zh", "en"


@dataclass
class Options:
    amount: int = field(default=12, metadata={"help": "Training examples of the target language."})
    source_steps: int = field(default=80, metadata={"help": "Updates on the source language."})
    translations: str = field(default="lexicon", metadata={"help": "lexicon (word by word) or gold, for Dual BERT."})
    part: str = field(default="test", metadata={"help": "dev or test, which is scored."})
    seeds: list[int] = field(default_factory=lambda: [0], metadata={"help": "One run of every system each."})


def main() -> None:
    options, data, training = read_study(Options, {**DEFAULTS, "languages": [TARGET, SOURCE]})
    files = Path(str(training.output_dir), "files")
    write_files(files, TARGET, SOURCE, options.amount, options.translations, evaluated=data.max_evaluation_examples)
    data.evaluate = [f"{CORPUS}/{TARGET}={files / options.part}.{TARGET}.json"]
    data.evaluation_translations = [f"{CORPUS}/{TARGET}:{SOURCE}={files / options.part}.{SOURCE}.json"]
    study = DualBertStudy(
        encoder="sample",
        target=[f"{CORPUS}/{TARGET}={files}/train.{TARGET}.json"],
        source=[f"source/{SOURCE}={files}/source.{SOURCE}.json"],
        parallel=[f"{CORPUS}:{language}={files}/train.{language}.json" for language in (TARGET, SOURCE)],
        source_steps=options.source_steps,
        data=data,
        training=training,
        seeds=options.seeds,
    )
    print(study.report(study.run(), study.back_translate(BackTranslationArguments())))


if __name__ == "__main__":
    main()
