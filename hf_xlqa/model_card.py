"""The model card of a finished run: metadata that the Hub reads, and a text that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from hf_xlqa.reports import NO_TRANSLATIONS, Score
from hf_xlqa.run_record import CorpusUse, RunRecord

LIBRARY_CITATION = """@software{hf_xlqa,
  title = {hf_xlqa: cross-lingual extractive question answering on the Hugging Face stack},
  author = {{The hf_xlqa contributors}},
  license = {Apache-2.0}
}"""

_HUB_ID = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)?", re.ASCII)
_METRICS = {"exact_match": "Exact match", "f1": "F1"}
_LOADING = """from transformers import AutoModelForQuestionAnswering, AutoTokenizer

name = "{repo_id}"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForQuestionAnswering.from_pretrained(name, trust_remote_code=True)"""


def write_model_card(
    record: RunRecord,
    folder: str | Path,
    *,
    repo_id: str,
    limits: Sequence[str] = (),
    licence: str | None = None,
) -> Path:
    """Write `README.md` of a checkpoint from the record of its run.

    Args:
        record: the finished run.
        folder: the checkpoint's.
        repo_id: where the checkpoint is or will be published, OWNER/NAME.
        limits: sentences beyond those that follow from the record.
        licence: of the checkpoint, as the Hub names it, such as "apache-2.0".

    Returns:
        The path of the card.

    Raises:
        ValueError: when the record has no scores.
    """
    if not record.scores:
        raise ValueError("`scores` of the record must hold the scores of the run, but is empty instead.")
    sections = {
        "": [record.summary, f"Method `{record.method}` {_start(record.base_model)}."],
        "Load it": [_code(_LOADING.format(repo_id=repo_id), "python")],
        "Data": [_data(record.training)],
        "Scores": [_scores(record.scores)],
        "Hyper-parameters": [_table(("name", "value"), _flat(record.hyper_parameters))],
        "Limits": [_bullets([*_own_limits(record), *limits])],
        "Repeat it": [_code(record.command, "bash"), f"Seed {record.seed}; {_versions(record.versions)}."],
        "Citation": [_code("\n\n".join(filter(None, (record.citation, LIBRARY_CITATION))), "bibtex")],
    }
    metadata = _metadata(record, repo_id=repo_id, licence=licence)
    card = ModelCard(f"---\n{metadata.to_yaml()}\n---\n\n# {_name(repo_id)}\n{_text(sections)}")
    path = Path(folder) / "README.md"
    card.save(path)
    return path


def _metadata(record: RunRecord, *, repo_id: str, licence: str | None) -> ModelCardData:
    return ModelCardData(
        language=sorted({language for corpus in record.training for language in corpus.languages}) or None,
        license=licence,
        library_name="transformers",
        pipeline_tag="question-answering",
        tags=["extractive-qa", "cross-lingual", "hf_xlqa", record.method],
        datasets=[corpus.hub_id for corpus in record.training if corpus.hub_id] or None,
        base_model=record.base_model if _is_hub_id(record.base_model) else None,
        metrics=list(_METRICS),
        model_name=_name(repo_id),
        eval_results=[result for score in record.scores for result in _results(score)],
    )


def _results(score: Score) -> Iterable[EvalResult]:
    """Two entries, exact match and F1; sets that differ by the translations only are configurations apart."""
    _, _, subset = score.name.partition("/")
    translated = "" if score.translations == NO_TRANSLATIONS else f"{score.translations} translations"
    for key, name in _METRICS.items():
        yield EvalResult(
            task_type="question-answering",
            task_name="Extractive question answering",
            dataset_type=score.corpus,
            dataset_name=score.name,
            dataset_config=", ".join(filter(None, (subset or score.language, translated))),
            metric_type=key,
            metric_name=f"{name} by the rule of {score.metric}",
            metric_value=round(getattr(score, key), 2),
            metric_args={"signature": score.signature, "questions": score.questions},
        )


def _data(training: Sequence[CorpusUse]) -> str:
    rows = [
        (
            corpus.name,
            ", ".join(corpus.languages),
            corpus.licence,
            f"{corpus.examples:,}{'' if corpus.labelled else ' (texts only)'}",
            ", ".join(f"{count:,} {reason}" for reason, count in corpus.dropped.items()) or "none",
        )
        for corpus in training
    ]
    return _table(("corpus", "languages", "licence", "examples", "left out"), rows)


def _scores(scores: Sequence[Score]) -> str:
    rows = [
        (
            score.name,
            score.language,
            f"{score.exact_match:.2f}",
            f"{score.f1:.2f}",
            f"{score.questions:,}",
            score.translations,
            f"`{score.signature}`",
        )
        for score in scores
    ]
    return _table(("set", "language", "exact match", "F1", "questions", "translations", "signature"), rows)


def _own_limits(record: RunRecord) -> Iterable[str]:
    scored = sorted({score.language for score in record.scores})
    yield "It answers with a span of the passage; questions without an answer there were not part of training."
    yield f"It was evaluated in {', '.join(scored)} only, and scores with different signatures do not compare."
    unscored = {language for corpus in record.training for language in corpus.languages} - {*scored}
    if unscored:
        yield f"It saw {', '.join(sorted(unscored))} in training, but was not evaluated there."
    translations = sorted({score.translations for score in record.scores} - {NO_TRANSLATIONS})
    if translations:
        yield f"Its scores use translations of the test input ({', '.join(translations)}); without them they differ."


def _text(sections: Mapping[str, Iterable[str]]) -> str:
    blocks = [[f"## {title}"] * bool(title) + [block for block in body if block] for title, body in sections.items()]
    return "\n" + "\n\n".join(block for section in blocks for block in section) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    grid = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in grid)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _code(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


def _flat(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, f"`{value}`") for name, value in sorted(values.items())]


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _name(repo_id: str) -> str:
    return repo_id.rpartition("/")[2]


def _start(base_model: str) -> str:
    if not base_model:
        return "from scratch"
    return f"on `{base_model if _is_hub_id(base_model) else Path(base_model).name}`"


def _is_hub_id(name: str) -> bool:
    """Whether a name can be that of a repository, and is not a folder here."""
    return _HUB_ID.fullmatch(name) is not None and not Path(name).exists()
