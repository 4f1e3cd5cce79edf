"""Answer by way of another language, and train what finds the answers again: Answer Aligner or Answer Verifier.

    python examples/run_answer_aligner.py --output_dir outputs/aligner [--kind verifier]
    python examples/run_answer_aligner.py --output_dir outputs/drcd --kind verifier --encoder MODEL \\
        --train drcd --evaluate drcd/zh --target_language zh-Hant --source_reader READER --source_train squad \\
        --translator seq2seq:Helsinki-NLP/opus-mt-zh-en --back_translator seq2seq:Helsinki-NLP/opus-mt-en-zh

Target questions and passages are translated, answered by the source reader, and the answers translated back
(Cui et al. 2019, section 3). The table has the answers as they are, by SimpleMatch, and by what was trained. By
default that is Chinese by way of English on the embedded sample, translated through its lexicon.
Translations are kept in the output folder, so a run that was stopped translates nothing twice.
"""

from __future__ import annotations

import logging

from transformers import HfArgumentParser

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.back_translation import BackTranslationArguments, run_back_translation
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.training_args import CrossLingualQATrainingArguments

DEFAULTS = {
    "evaluate": ["sample/zh"],
    "learning_rate": 4e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "weight_decay": 0.01,
    "num_train_epochs": 2,
    "per_device_train_batch_size": 64,
    "save_strategy": "no",
}


def main() -> None:
    parser = HfArgumentParser(
        (BackTranslationArguments, Encoder, DataArguments, CrossLingualQATrainingArguments)  # type: ignore[arg-type]
    )
    parser.set_defaults(**DEFAULTS)
    if parser.parse_known_args()[0].encoder == "sample":
        parser.set_defaults(**SAMPLE_SETTINGS, num_train_epochs=4, start="reader")
    options, method, data, training = parser.parse_args_into_dataclasses()
    print(run_back_translation(options, method, data, training))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    main()
