"""Commands that start at once: children of one process that has imported what they need.

`python forked_commands.py FOLDER JSON` imports the library and then runs what the programs of `write_programs` hand it,
each command in a fork of its own, with the folder, environment and streams of its caller. A command that begins with
a key of the JSON object gets the words of its value besides.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

MAINS = {"hf-xlqa": "hf_xlqa.cli", "accelerate": "accelerate.commands.accelerate_cli"}
MODULES = (
    *("hf_xlqa.experiment.command", "hf_xlqa.building.run", "hf_xlqa.reader", "matplotlib.pyplot", "scipy.stats"),
    *MAINS.values(),
)
PROGRAM = f"""#!{sys.executable} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as client:
    client.connect(os.path.join(os.path.dirname(__file__), "socket"))
    socket.send_fds(client, [b"."], [0, 1, 2])
    client.sendall(json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode())
    client.shutdown(socket.SHUT_WR)
    sys.exit(int(client.recv(16)))
"""


def write_programs(folder: Path) -> None:
    """Programs for PATH that hand their command to the process that serves in the folder."""
    for name in ("python", *MAINS):
        (folder / name).write_text(PROGRAM)
        (folder / name).chmod(0o755)


def serve(folder: Path, additions: Mapping[str, Sequence[str]]) -> None:
    """Runs commands until it is killed; there is a socket in the folder as soon as it can."""
    for module in MODULES:
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
        server.listen()
        while True:
            connection, _ = server.accept()
            with connection:
                if os.fork() == 0:
                    _answer(connection, additions)


def _answer(connection: socket.socket, additions: Mapping[str, Sequence[str]]) -> None:
    """In the child: becomes the command, sends its exit code and ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    words, folder, environment = json.loads(connection.makefile("rb").read())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(folder)
    os.environ.update(environment)
    code = _run(words, additions)
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code).encode())
    os._exit(0)


def _run(words: Sequence[str], additions: Mapping[str, Sequence[str]]) -> int:
    """The exit code of a command, whose first word is the path of its program."""
    program = Path(words[0])
    command = " ".join([program.name, *words[1:]])
    more = next((more for start, more in additions.items() if command.startswith(start)), ())
    sys.argv = [program.name, *words[1:], *more]
    sys.executable = str(program.with_name("python"))  # what a launcher starts is a fork too
    try:
        if program.name == "python":
            del sys.argv[0]
            sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            import_module(MAINS[program.name]).main()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve(Path(sys.argv[1]), json.loads(sys.argv[2]))
