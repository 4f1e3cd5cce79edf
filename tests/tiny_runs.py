"""Training arguments of runs that take seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hf_xlqa.training_args import CrossLingualQATrainingArguments


def quick_training(folder: Path, **options: Any) -> CrossLingualQATrainingArguments:
    """Without checkpoints, with a log at every step."""
    settings: dict[str, Any] = {
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "use_cpu": True,
        "disable_tqdm": True,
        **options,
    }
    return CrossLingualQATrainingArguments(output_dir=str(folder), **settings)
