"""An evaluation from named corpora and predictions, or a model, to the scores of every question."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hf_xlqa.default_record import command_of
from hf_xlqa.experiment.predictions import Answers, find_predictions, only_questions, read_predictions, unused
from hf_xlqa.experiment.questions import Questions, read_questions
from hf_xlqa.experiment.scoring import Rule, score_set
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.run_record import installed_versions

if TYPE_CHECKING:
    from hf_xlqa.reader import CrossLingualReader


@dataclass(frozen=True)
class Request:
    """What is evaluated, whoever answers.

    Args:
        corpora: NAME/CONTEXT[.QUESTION][=PATH], see `read_questions`.
        rule: how they are scored.
        split, crossed: see `read_questions`.
        system: name of the system, None for a default.
        seed: of the run that answers.
    """

    corpora: Sequence[str]
    rule: Rule = Rule()
    split: str = "validation"
    crossed: Sequence[str] = ()
    system: str | None = None
    seed: int | None = None

    def read(self) -> Questions:
        """The questions, which the rule can score.

        Raises:
            ValueError: see `read_questions` and `Rule.load`.
        """
        questions = read_questions(self.corpora, split=self.split, crossed=self.crossed)
        self.rule.check(questions.sets)
        return questions


@dataclass(frozen=True)
class ModelOptions:
    """The model that answers, and the windows it reads.

    Args:
        name: a folder or the id of a repository on the Hub.
        revision: branch, tag or commit.
        trust_remote_code: whether to run the model code that the checkpoint brings.
        max_length: length of a window in tokens.
        window_step: tokens from one window's start to the next.
        max_question_length: length of a question in tokens.
        batch_size: windows in a batch.
        translations: for a model that reads translations, SET:LANGUAGE=PATH each, joined by question id.
    """

    name: str
    revision: str = "main"
    trust_remote_code: bool = False
    max_length: int = 384
    window_step: int = 128
    max_question_length: int = 64
    batch_size: int = 32
    translations: Sequence[str] = ()

    def reader(self) -> CrossLingualReader:
        """The model, loaded.

        Raises:
            ValueError: when it is not trained for question answering, or reads shorter windows.
        """
        from hf_xlqa.reader import CrossLingualReader

        return CrossLingualReader.from_pretrained(
            self.name,
            revision=self.revision,
            trust_remote_code=self.trust_remote_code,
            max_length=self.max_length,
            window_step=self.window_step,
            max_question_length=self.max_question_length,
            batch_size=self.batch_size,
        )


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation gave.

    Args:
        scores: of every question.
        questions: what was asked.
        notes: what was left out, filled up or not looked at, a line each.
    """

    scores: SystemScores
    questions: Questions
    notes: Sequence[str] = field(default_factory=tuple)


def evaluate_predictions(request: Request, predictions: Sequence[str], *, subset: bool = False) -> Evaluation:
    """Scores prediction files.

    Args:
        request: what is evaluated; the system's name is by default that of its one folder or file.
        predictions: folders and files, see `find_predictions`.
        subset: whether predictions of other questions are left out, and counted.

    Raises:
        ValueError: as the parts say: unknown names, files of another form, questions without predictions.
        FileNotFoundError: when a file is absent.
    """
    system = request.system or _name_of(predictions)
    questions = request.read()
    files = find_predictions(predictions, questions.sets)
    notes = [f"not scored: {file}" for file in unused(predictions, files)]
    answers = []
    for each in questions.sets:
        file = files[each.name]
        kept, others = only_questions(read_predictions(file), each, subset=subset, source=str(file))
        if others:
            notes.append(f"{each.name}: {others} predictions of {file} are of other questions and left out")
        answers.append(Answers(each, kept))
    return _evaluation(request, system, questions, answers, notes)


def evaluate_model(request: Request, model: ModelOptions, folder: Path) -> Evaluation:
    """Lets a model answer, writes its predictions, and scores them.

    Args:
        request: what is evaluated; the system's name is by default the last part of the model's.
        model: the model.
        folder: where the predictions are written.

    Raises:
        ValueError: as the parts say: unknown names, a model that is not trained for question answering.
    """
    from hf_xlqa.experiment.answering import answer_questions
    from hf_xlqa.experiment.training_data import parse_parallel

    questions = request.read()
    answers = answer_questions(model.reader(), questions.sets, folder, translations=parse_parallel(model.translations))
    return _evaluation(request, request.system or Path(model.name).name, questions, answers, [])


def _evaluation(
    request: Request, system: str, questions: Questions, answers: Iterable[Answers], notes: list[str]
) -> Evaluation:
    scored = []
    for each in answers:
        asked = each.questions
        scored.append(score_set(asked, each.texts, request.rule, translations=each.translations))
        absent = len(asked.references) - len(each.texts)
        if absent:
            notes.append(f"{asked.name}: {absent} questions have no prediction and score 0")
    scores = SystemScores(
        system=system,
        sets=tuple(scored),
        seed=request.seed,
        versions=installed_versions(),
        command=command_of(sys.argv),
    )
    return Evaluation(scores, questions, (*questions.lines(), *notes))


def _name_of(predictions: Sequence[str]) -> str:
    """The name of the one folder or file, without what our files begin with."""
    if len(predictions) != 1:
        raise ValueError(f"`--system` must be given for {len(predictions)} predictions, but is not.")
    path = predictions[0] if Path(predictions[0]).exists() else predictions[0].partition("=")[2]
    return Path(path).resolve().name.removeprefix("predictions_").partition(".json")[0] or predictions[0]
