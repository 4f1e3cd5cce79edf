"""`hf-xlqa ask`: the reader's answers on a line or as JSON, from a file or the input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tiny_qa import TOKENIZER, tiny_model, tiny_xltt
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.reader import CrossLingualReader
from hf_xlqa.reading import FoundAnswer, Reading
from hf_xlqa.translation import make_translator

CONTEXT = "The river flows to the sea.\r\nIt was built in Bonn by the old public. " * 3
SIZES: dict[str, Any] = {"max_length": 32, "window_step": 12, "max_question_length": 8}
WORDS = [word for name, value in SIZES.items() for word in (f"--{name.replace('_', '-')}", value)]


def ask(*words: Any, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli.app, ["ask", *map(str, (*words, *WORDS))], input=text)


def saved(folder: Path, model: Any) -> Path:
    model.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def line(answer: FoundAnswer) -> str:
    return f"{answer.score:.3f}  {answer.text}  [{answer.start}:{answer.end}]".replace("\r\n", " ")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("encoder"), tiny_model())


def test_an_answer_is_a_line_with_its_probability_and_code_points(encoder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes(CONTEXT.encode())
    expected = CrossLingualReader(tiny_model(), TOKENIZER, **SIZES)("Where?", CONTEXT).answers
    for top_k in (1, 3):
        result = ask(
            *("--model", encoder, "--question", "Where?", "--context", tmp_path / "text.txt", "--top-k", top_k)
        )
        assert result.exit_code == 0, result.output
        assert result.stdout == "".join(f"{line(each)}\n" for each in expected[:top_k])


def test_the_text_may_come_from_the_input_and_the_answer_be_json(encoder: Path) -> None:
    words = ("--model", encoder, "--question", "Where?", "--context", "-", "--top-k", 2, "--json")
    printed = json.loads(ask(*words, text=CONTEXT.encode()).stdout)
    reading = CrossLingualReader(tiny_model(), TOKENIZER, **SIZES)("Where?", CONTEXT, top_k=2)
    assert [(each["text"], each["start"], each["end"]) for each in printed["answers"]] == [
        (each.text, each.start, each.end) for each in reading.answers
    ]
    assert printed["answers"][0]["score"] == reading.answers[0].score
    assert (printed["null_score"], printed["translations"]) == (reading.null_score, {})


def test_what_is_said_of_model_and_languages_reaches_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, Any]] = []

    def read(question: str, context: str, **options: Any) -> Reading:
        said.append({"question": question, "context": context, **options})
        return Reading(())

    def load(cls: Any, name: str, **options: Any) -> Any:
        said.append({"name": name, **options})
        return read

    monkeypatch.setattr(CrossLingualReader, "from_pretrained", classmethod(load))
    words = ("--model", "xlqa/any", "--question", "Where?", "--context", "-", "--revision", "v1", "--trust-remote-code")
    result = ask(*words, "--language", "de", "--question-language", "en", "--top-k", 2, text=b"In Bonn.")
    assert said == [
        {"name": "xlqa/any", "revision": "v1", "trust_remote_code": True, "translators": {}, **SIZES},
        {"question": "Where?", "context": "In Bonn.", "language": "de", "question_language": "en", "top_k": 2},
    ]
    assert result.stdout == "no answer\n"


def test_a_model_of_translations_is_given_translators(tmp_path: Path) -> None:
    folder, dictionary = saved(tmp_path / "xltt", tiny_xltt()), tmp_path / "en-de.txt"
    dictionary.write_text("sea river\nBonn Oslo\n", encoding="utf-8")
    words = ("--model", folder, "--question", "Where?", "--context", "-")
    result = ask(*words, "--language", "en", "--translator", f"de=lexicon:{dictionary}", text=CONTEXT.encode())
    translator = make_translator(f"lexicon:{dictionary}", "en", "de")
    reader = CrossLingualReader(tiny_xltt(), TOKENIZER, translators={"de": translator}, **SIZES)
    (answer,) = reader("Where?", CONTEXT, top_k=1).answers
    assert result.stdout.splitlines() == [
        line(answer),
        f"translation into de: {translator.name}",
        "translation into zh: copy",
    ]


def test_a_language_has_one_translator(encoder: Path, tmp_path: Path) -> None:
    dictionary = tmp_path / "en-de.txt"
    dictionary.write_text("sea river\n", encoding="utf-8")
    translators = ("--translator", f"de=lexicon:{dictionary}") * 2
    result = ask(
        "--model", encoder, "--question", "Where?", "--context", "-", "--language", "en", *translators, text="a"
    )
    assert isinstance(result.exception, ValueError)
    assert "`--translator` must be LANGUAGE=BACKEND:..., once a language, but is 'de=lexicon" in str(result.exception)


@pytest.mark.parametrize(
    ("words", "text", "message"),
    [
        (("--translator", "de=lexicon:x"), b"a", "`--language` must be given for `--translator de=lexicon:x`"),
        (("--translator", "lexicon:x"), b"a", "`--translator` must be LANGUAGE=BACKEND:..., once a language"),
        ((), "Brücke".encode("latin-1"), "`--context` must be UTF-8 text, but is not: 'utf-8' codec"),
        ((), b" \n", "`context` of question 0 must not be blank"),
    ],
)
def test_what_cannot_be_read_is_refused(encoder: Path, words: tuple[str, ...], text: bytes, message: str) -> None:
    result = ask("--model", encoder, "--question", "Where?", "--context", "-", *words, text=text)
    assert isinstance(result.exception, ValueError)
    assert message in str(result.exception)
