import sys

import pytest
import typer
from typer.testing import CliRunner

from hf_xlqa import cli, plugins


@pytest.fixture
def verbs(tmp_path, monkeypatch):
    """A folder of verbs beside the real one, each a file."""
    folder = tmp_path / "hf_xlqa_verbs"
    folder.mkdir()
    (folder / "greet.py").write_text('def greet(name: str) -> None:\n    """Say hello."""\n    print("hello", name)\n')
    (folder / "broken.py").write_text("raise RuntimeError('was imported')\n")
    monkeypatch.setattr(cli, "__path__", [*cli.__path__, str(folder)])
    yield folder
    for name in ("greet", "broken", "fail"):
        sys.modules.pop(f"hf_xlqa.cli.{name}", None)


def test_a_new_file_is_a_new_verb_and_only_the_verb_that_is_called_is_imported(verbs):
    result = CliRunner().invoke(cli.app, ["greet", "Anna"])
    assert result.stdout == "hello Anna\n"
    assert "hf_xlqa.cli.broken" not in sys.modules


def test_help_lists_the_verbs():
    result = CliRunner().invoke(cli.app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in plugins.names("cli"))


def test_an_unknown_verb_lists_the_known_ones():
    result = CliRunner().invoke(cli.app, ["docter"])
    assert result.exit_code == 2
    assert "must be one of" in result.output
    assert "doctor" in result.output


def test_the_console_script_runs_the_app(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hf-xlqa", "doctor", "--help"])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 0
    assert "--repair" in capsys.readouterr().out
    assert isinstance(cli.app, typer.Typer)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            "ValueError('`row` must be one of a, b,\\n  but is None instead.')",
            "`row` must be one of a, b, but is None instead.",
        ),
        (
            "FileNotFoundError(2, 'No such file or directory', 'a.json')",
            "[Errno 2] No such file or directory: 'a.json'",
        ),
        (
            "ImportError('Weights need scikit-learn: pip install hf-xlqa[analysis]')",
            "Weights need scikit-learn: pip install",
        ),
    ],
)
def test_what_the_user_can_mend_is_one_line_without_a_traceback(verbs, monkeypatch, capsys, error, line):
    (verbs / "fail.py").write_text(f"def fail() -> None:\n    raise {error}\n")
    monkeypatch.setattr(sys, "argv", ["hf-xlqa", "fail"])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"hf-xlqa: {line}")
    assert (captured.out, captured.err.count("\n")) == ("", 1)


def test_other_errors_keep_their_traceback(verbs, monkeypatch):
    (verbs / "fail.py").write_text("def fail() -> None:\n    raise RuntimeError('a fault of ours')\n")
    monkeypatch.setattr(sys, "argv", ["hf-xlqa", "fail"])
    with pytest.raises(RuntimeError, match="a fault of ours"):
        cli.main()
