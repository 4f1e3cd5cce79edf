"""`hf-xlqa ask`: a model answers one question on a text of any length."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hf_xlqa.cli.model_options import MaxLength, MaxQuestionLength, Revision, TrustRemoteCode, WindowStep

if TYPE_CHECKING:
    from hf_xlqa.reading import Reading
    from hf_xlqa.translation.backend import Translator

_Model = Annotated[str, typer.Option("--model", metavar="DIR|ID", help="Model that answers.")]
_Question = Annotated[str, typer.Option("--question", help="The question.")]
_Context = Annotated[
    typer.FileBinaryRead, typer.Option("--context", metavar="FILE", help="Text to look in, UTF-8; - reads the input.")
]
_Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Language of the text, such as de or zh-Hant.")
]
_Asked = Annotated[
    str | None,
    typer.Option("--question-language", metavar="CODE", help="Language of the question, if it is another."),
]
_TopK = Annotated[int, typer.Option("--top-k", min=1, help="How many answers.")]
_Translators = Annotated[
    list[str] | None,
    typer.Option(
        "--translator",
        metavar="LANGUAGE=BACKEND:...",
        help="For a model that reads translations, who makes those into a language, "
        "such as ja=lexicon:FILE; needs --language; repeatable.",
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def ask(
    model: _Model,
    question: _Question,
    context: _Context,
    language: _Language = None,
    question_language: _Asked = None,
    top_k: _TopK = 1,
    translator: _Translators = None,
    as_json: _Json = False,
    revision: Revision = "main",
    trust_remote_code: TrustRemoteCode = False,
    max_length: MaxLength = 384,
    window_step: WindowStep = 128,
    max_question_length: MaxQuestionLength = 64,
) -> None:
    """Answer a question by a span of a text, with its probability and code points.

    A text longer than a window is read window by window.
    """
    from hf_xlqa.reader import CrossLingualReader

    reader = CrossLingualReader.from_pretrained(
        model,
        revision=revision,
        trust_remote_code=trust_remote_code,
        translators=_translators(translator or (), language),
        max_length=max_length,
        window_step=window_step,
        max_question_length=max_question_length,
    )
    reading = reader(question, _text(context), language=language, question_language=question_language, top_k=top_k)
    typer.echo(json.dumps(asdict(reading), ensure_ascii=False, indent=2) if as_json else _lines(reading))


def _text(file: typer.FileBinaryRead) -> str:
    """A text with the line ends it has, so that code points count from its beginning."""
    try:
        return file.read().decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"`--context` must be UTF-8 text, but is not: {error}") from error


def _translators(specs: list[str] | tuple[()], language: str | None) -> dict[str, Translator]:
    from hf_xlqa.translation import make_translator

    translators: dict[str, Translator] = {}
    for spec in specs:
        target, _, backend = spec.partition("=")
        if not (target and backend) or target in translators:
            raise ValueError(f"`--translator` must be LANGUAGE=BACKEND:..., once a language, but is {spec!r} instead.")
        if language is None:
            raise ValueError(f"`--language` must be given for `--translator {spec}` to translate from, but is not.")
        translators[target] = make_translator(backend, language, target)
    return translators


def _lines(reading: Reading) -> str:
    """An answer a line, line ends in it as blanks, with its probability and code points; then what was translated."""
    answers = [
        f"{each.score:.3f}  {' '.join(each.text.split())}  [{each.start}:{each.end}]" for each in reading.answers
    ]
    translations = [f"translation into {language}: {name}" for language, name in reading.translations.items()]
    return "\n".join([*(answers or ["no answer"]), *translations])
