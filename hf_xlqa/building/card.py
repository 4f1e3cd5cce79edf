"""The card of a built corpus: metadata by which the Hub loads it, and a text for people."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import DatasetInfo, SplitDict, SplitInfo
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.report import reports
from hf_xlqa.building.rows import FEATURES
from hf_xlqa.json_record import write_text
from hf_xlqa.messages import first_few

_HUB_LICENCES = {"apache-2.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0"}
_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"), (float("inf"), "1M<n<10M"))


def write_card(builder: type[CorpusBuilder], output: Path) -> None:
    """Writes README.md for the configurations that are finished in a folder, in the order of the builder's.

    Args:
        builder: the corpus; the README.md beside its file is the text that only a person can write.
        output: the folder, whose reports have the counts.
    """
    found = dict(reports(output))
    ordered = {config.name: found[config.name] for config in builder.BUILDER_CONFIGS if config.name in found}
    text = "\n\n".join(_text(builder, ordered))
    write_text(output / "README.md", f"---\n{_metadata(builder, ordered)}\n---\n\n{text}\n")


def _metadata(builder: type[CorpusBuilder], found: Mapping[str, Any]) -> str:
    licences = sorted({report["manifest"]["licence"] for report in found.values()})
    licence = re.sub("[^a-z0-9.]+", "-", ", ".join(licences).lower())
    is_known = licence in _HUB_LICENCES
    data = DatasetCardData(
        language=sorted(_languages(found)),
        license=licence if is_known else "other",
        license_name=None if is_known else licence,
        pretty_name=builder.corpus_name(),
        task_categories=["question-answering"],
        task_ids=["extractive-qa"],
        size_categories=next(size for limit, size in _SIZES if _examples(found) < limit),
        tags=["cross-lingual", "hf_xlqa"],
        configs=[_config(name, report, is_default=number == 0) for number, (name, report) in enumerate(found.items())],
    )
    DatasetInfosDict({name: _info(name, report) for name, report in found.items()}).to_dataset_card_data(data)
    return data.to_yaml()


def _config(name: str, report: Mapping[str, Any], *, is_default: bool) -> dict[str, Any]:
    files = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in report["splits"]]
    return {"config_name": name, "data_files": files} | ({"default": True} if is_default else {})


def _info(name: str, report: Mapping[str, Any]) -> DatasetInfo:
    splits = {
        split: SplitInfo(split, num_bytes=counted["data_bytes"], num_examples=counted["examples"])
        for split, counted in report["splits"].items()
    }
    return DatasetInfo(
        features=FEATURES,
        config_name=name,
        splits=SplitDict(splits),
        download_size=sum(counted["file_bytes"] for counted in report["splits"].values()),
        dataset_size=sum(counted["data_bytes"] for counted in report["splits"].values()),
    )


def _languages(found: Mapping[str, Any]) -> set[str]:
    """Primary subtags of the languages of all contexts and questions."""
    pairs = {pair for report in found.values() for split in report["splits"].values() for pair in split["languages"]}
    return {language.partition("-")[0] for pair in pairs for language in pair.split(".")}


def _examples(found: Mapping[str, Any]) -> int:
    return sum(split["examples"] for report in found.values() for split in report["splits"].values())


def _text(builder: type[CorpusBuilder], found: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {builder.corpus_name()}"
    yield inspect.getdoc(builder) or ""
    written = Path(inspect.getfile(builder)).with_name("README.md")
    if written.is_file():
        yield written.read_text("utf-8").strip()
    yield "## Rows"
    yield _table(("configuration", "split", "examples", "context.question", "left out"), _rows(found))
    yield f'```python\nfrom datasets import load_dataset\n\ncorpus = load_dataset("{builder.corpus_name()}")\n```'
    yield "## How it was made"
    for name, report in found.items():
        yield from _made(name, report)
    yield "## What was left out and repaired"
    yield "\n".join(_lost(found)) or "Nothing."
    if builder.citation:
        yield f"## Citation\n\n```bibtex\n{inspect.cleandoc(builder.citation)}\n```"


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for name, report in found.items():
        for split, counted in report["splits"].items():
            languages = ", ".join(f"{pair}: {count:,}" for pair, count in sorted(counted["languages"].items()))
            lost = sum(map(len, counted["dropped"].values())) + sum(
                map(len, counted["reading"].get("dropped", {}).values())
            )
            yield name, split, f"{counted['examples']:,}", languages, f"{lost:,}"


def _made(name: str, report: Mapping[str, Any]) -> Iterator[str]:
    manifest = report["manifest"]
    yield (
        f"### {name}\n\nSource: {manifest['source']}, licence {manifest['licence']}, with attribution to its authors. "
        f"Built by hf_xlqa {manifest['library']}, seed {manifest['seed']}."
    )
    yield "\n".join(_copy(number, variant, report) for number, variant in enumerate(manifest["variants"]))


def _copy(number: int, variant: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """One list item for a variant, with what it counted in each split."""
    manifest = report["manifest"]
    options = ", ".join(f"{key}: {_option(value, manifest)}" for key, value in variant["options"].items())
    changed = f"`{variant['transform']}` ({options or 'no options'})" if variant["transform"] else "as it is"
    counts = [
        f"  - {split}, {key}: {_number(value)}"
        for split, counted in report["splits"].items()
        for key, value in counted["changes"][number].items()
    ]
    suffix = f"copy with the suffix `{variant['suffix']}`: " if variant["suffix"] else ""
    return "\n".join([f"- {suffix}{changed}", *counts])


def _option(value: Any, manifest: Mapping[str, Any]) -> str:
    if not isinstance(value, dict):
        return f"`{value}`"
    pair = f" from {value['source_language']} to {value['target_language']}" if value["target_language"] else ""
    return f"`{manifest['backend']}`{pair}" if value["name"] == "backend" else f"a file that was given{pair}"


def _lost(found: Mapping[str, Any]) -> Iterator[str]:
    """A line for each configuration, split and reason."""
    for name, report in found.items():
        for split, counted in report["splits"].items():
            reading = counted["reading"]
            told = {
                "left out": counted["dropped"],
                "left out of the source": reading.get("dropped", {}),
                "golds left out of the source": reading.get("dropped_answers", {}),
                "repaired in the source": reading.get("repaired", {}),
            }
            for done, reasons in told.items():
                for reason, ids in sorted(reasons.items()):
                    yield f"- {name}, {split}, {done}: {len(ids):,} {reason} ({_shown(ids)})"


def _shown(ids: Sequence[str]) -> str:
    return first_few([f"`{each}`" for each in dict.fromkeys(ids)])


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    grid = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in each) + " |" for each in grid)
