"""`hf-xlqa doctor FILE...`: what is wrong with corpus files, and safe repairs."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from hf_xlqa.corpora.doctor import Diagnosis, diagnose
from hf_xlqa.corpora.findings import CorpusError, Finding
from hf_xlqa.corpora.parquet_file import SUFFIX
from hf_xlqa.corpora.repair import repair as repair_file
from hf_xlqa.corpora.squad_file import jsonl_of
from hf_xlqa.messages import first_few, named

_Files = Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, show_default=False)]
_AsJSON = Annotated[bool, typer.Option("--json", help="Print one JSON array with everything found.")]
_Repair = Annotated[
    Path | None,
    typer.Option("--repair", metavar="OUT", help="Write a safely repaired copy: a file, or a folder for several."),
]
_Limit = Annotated[int, typer.Option("--limit", min=0, help="Findings shown of each kind.")]
_GOLD_COUNTS = 12  # shown of how many questions have 0, 1, 2, ... golds; a sound corpus has fewer


def doctor(files: _Files, as_json: _AsJSON = False, repair: _Repair = None, limit: _Limit = 3) -> None:
    """List what is wrong with SQuAD-format files (JSON, JSONL, gzip).

    The exit code is 0 where no file has a defect (notes are none), 1 where one has, 2 for a wrong
    call. With --repair it is 1 only where something had to be dropped or could not be repaired.
    """
    _check_kind(files)
    _check_out(files, repair)
    diagnoses = [diagnose(file) for file in files]
    if as_json:
        typer.echo(json.dumps([diagnosis.to_dict() for diagnosis in diagnoses], indent=1))
    else:
        for diagnosis in diagnoses:
            typer.echo("\n".join(_lines(diagnosis, limit)))
    if repair is None:
        unsound = [diagnosis.path for diagnosis in diagnoses if diagnosis.defects]
    else:
        unsound = [str(file) for file in files if not _repaired(file, _target(file, repair))]
    raise typer.Exit(1 if unsound else 0)


def _check_kind(files: list[Path]) -> None:
    for file in files:
        if file.suffix == SUFFIX:
            raise typer.BadParameter(
                f"`FILE...` must be JSON or JSONL, but is {str(file)!r} instead; {jsonl_of(file)}."
            )


def _check_out(files: list[Path], out: Path | None) -> None:
    if out is None:
        return
    if len(files) > 1 and not out.is_dir():
        raise typer.BadParameter(f"`OUT` must be a folder for {len(files)} files, but is {str(out)!r} instead.")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"`OUT` must be in a folder that exists, but is {str(out)!r} instead.")
    targets = {_target(file, out) for file in files}
    if len(targets) < len(files):
        raise typer.BadParameter("`FILE...` must have different names to be repaired into one folder, but repeat one.")
    if any(target.exists() and target.samefile(file) for target in targets for file in files):
        raise typer.BadParameter(f"`OUT` must be none of the files to repair, but is {str(out)!r} instead.")


def _target(file: Path, out: Path) -> Path:
    return out / file.name if out.is_dir() else out


def _repaired(file: Path, out: Path) -> bool:
    """Repairs a file and says so on stderr; whether nothing had to be dropped."""
    try:
        report = repair_file(file, out)
    except CorpusError as error:
        typer.echo(f"not repaired: {error}", err=True)
        return False
    typer.echo("\n  ".join([f"{file} -> {out}", *report.lines()]), err=True)
    return not (report.dropped or report.dropped_answers)


def _lines(diagnosis: Diagnosis, limit: int) -> list[str]:
    golds = [f"{count} with {golds}" for golds, count in sorted(diagnosis.golds_per_question.items())]
    sizes = (diagnosis.longest_context, diagnosis.longest_gold, diagnosis.most_questions)
    context, gold, questions = (f"{size.length} ({named(size.record)})" for size in sizes)
    return [
        diagnosis.path,
        f"  {diagnosis.articles} articles, {diagnosis.paragraphs} paragraphs, {diagnosis.questions} questions, "
        f"{diagnosis.golds} golds ({diagnosis.repeated_golds} repeated)",
        f"  golds a question: {first_few(golds, _GOLD_COUNTS) or 'none'}",
        f"  longest context {context}, longest gold {gold}, most questions of a paragraph {questions}",
        *_section("defects", diagnosis.defects, limit),
        *_section("notes", diagnosis.notes, limit),
    ]


def _section(title: str, findings: list[Finding], limit: int) -> list[str]:
    by_reason: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_reason[finding.reason].append(finding)
    lines = [f"  {title}: {len(findings) or 'none'}"]
    for reason, found in by_reason.items():
        lines.append(f"  {len(found):>8}  {reason}")
        lines += [f"            {_shown(finding)}" for finding in found[:limit]]
    return lines


def _shown(finding: Finding) -> str:
    line = f"line {finding.line}: " if finding.line else ""
    remedy = " [repairable]" if finding.is_repairable else ""
    return f"{line}{finding.message}{remedy}"
