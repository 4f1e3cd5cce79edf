"""Translate-train: questions, contexts or both in several languages; T(Q) of the embedded sample by default.

    python examples/run_translate_train.py --output_dir outputs/translate_train
    hf-xlqa build squad_laf --config "T(Q)" --backend BACKEND --output xlqa/squad_laf
    accelerate launch examples/run_translate_train.py --encoder google-bert/bert-base-multilingual-cased \\
        --languages en zh --train laf/en=FOLDER laf/en.zh=FOLDER --evaluate mlqa/zh --output_dir outputs/translate_train

A corpus CONTEXT.QUESTION has its contexts in one language and its questions in another: of English, T(Q) adds en.zh,
T(C) zh.en, T(Q+C) zh, and T(ALL) all of them. FOLDER holds the parquet files of one configuration of squad_laf.
A YAML recipe and `--row` may come first; `--help` lists all arguments.
"""

from __future__ import annotations

from hf_xlqa.experiment.command import run_command
from hf_xlqa.experiment.laf_settings import PAPER, SAMPLE_QUESTIONS
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

if __name__ == "__main__":
    run_command(PAPER, sample_corpora=SAMPLE_QUESTIONS, sample_encoder=SAMPLE_SETTINGS)
