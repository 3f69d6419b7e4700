"""What a document's code may not do, and how it ends: each promise by code that breaks it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from archcheck.documents import read
from archcheck.documents.document import Document
from archcheck.running import observing
from archcheck.running.environment import environment
from archcheck.running.guard import Guard, Refused
from archcheck.running.observed import Observed
from archcheck.running.observing import observe
from archcheck.running.plan import Plan
from tests.running_pages import run, shapes, whys


@pytest.fixture(scope="module")
def listening() -> Iterator[socket.socket]:
    """A server of our own that no document may reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


HARMS = [
    # a statement                                                   the reason it is left out     what it is
    ("open(mine, 'w').write('x')", "file access", "a file is overwritten"),
    ("Path(mine).write_text('x')", "it would write {mine}", "a file is overwritten by a method"),
    ("os.remove(mine)", "it would write {mine}", "a file is removed"),
    ("os.rename(mine, mine + '2')", "it would write {mine}", "a file is renamed"),
    ("os.mkdir(mine + '.d')", "it would write {mine}.d", "a folder is made"),
    ("os.chmod(mine, 0)", "it would write {mine}", "a file's rights are changed"),
    (
        "os.symlink(mine, 'link') or open_it('link', 'w')",
        "it would write {mine}",
        "by a link in its own folder",
    ),
    ("text = Path(mine).read_text()", "it would read {mine}", "a file of the user is read"),
    ("names = os.listdir(folder)", "it would read {folder}", "a folder of the user is listed"),
    ("keep = torch.load(mine)", "file access", "PyTorch reads"),
    ("torch.save({}, mine)", "file access", "PyTorch writes"),
    ("saving()", "it would write a file", "PyTorch writes inside a function"),
    ("os.system('touch ' + mine)", "it would start another program", "a shell"),
    ("subprocess.run(['touch', mine])", "it would start another program", "a program"),
    ("os.fork()", "it would start another program", "a copy of itself"),
    ("os.kill(os.getppid(), 9)", "it would end another program", "its parent"),
    ("socket.create_connection(('127.0.0.1', port))", "it would use the network", "a connection"),
    ("socket.getaddrinfo('example.org', 80)", "it would use the network", "a name is looked up"),
    ("urllib.request.urlopen('http://127.0.0.1:%d' % port)", "a download", "a page is fetched"),
    ("fetching()", "it would use the network", "a page is fetched inside a function"),
    ("ctypes.CDLL(None)", "it would load a compiled library", "what no hook would hear"),
    ("resource.setrlimit(resource.RLIMIT_CPU, (9, 9))", "it would change the limits that hold it", "limits"),
    ("name = input('name? ')", "it would ask for input", "a question"),
    ("room = torch.empty(50 * 10**9, dtype=torch.uint8, device='cpu')", None, "memory, by PyTorch"),
    ("room = bytearray(50 * 10**9)", "MemoryError", "memory, by Python"),
    ("deep(0)", "RecursionError: maximum recursion depth exceeded", "calls without end"),
    ("sys.exit(3)", "SystemExit: 3", "an exit"),
    ("os._exit(3)", "it would end this process", "an exit that nothing hears"),
    ("os.abort()", "it would end this process", "an end with a dump"),
    ("signal.raise_signal(signal.SIGKILL)", "it would end this process", "a signal to itself"),
    ("os.kill(os.getpid(), 9)", "it would end another program", "a signal"),
    ("raise SystemExit('enough')", "SystemExit: enough", "an exit with a word"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt", "what is no Exception"),
    ("raise Mute", "Mute", "an error that cannot be shown"),
]
HARMLESS = [
    "sys.exit()",
    "os.chdir('/')",
    "sys.path.clear()",
    "sys.stdout.close()",
    "sys.stdout = sys.stderr = None",
    "os.close(1)",
    "Path(own, 'note.txt').write_text('x')",
    "sys.setrecursionlimit(2000)",
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "print('x' * 10**9)",
    "os.environ['A'] = 'b'",
    "threading.Thread(target=time.sleep, args=(1000,)).start()",
    "builtins.isinstance = builtins.len = builtins.print = None",
]
"""What spoils a process and is allowed, for the process is its own: what comes after still reports."""
HEAD = """\
import builtins, ctypes, os, resource, signal, socket, subprocess, sys, threading, time, urllib.request
from pathlib import Path
import torch
mine, folder, port, own = {mine!r}, {folder!r}, {port}, os.getcwd()
def deep(n): return deep(n + 1)
def saving(): torch.save({{}}, mine)
def fetching(): return urllib.request.urlopen('http://127.0.0.1:%d' % port)
def open_it(*how): return open(*how)
class Mute(Exception):
    def __str__(self): raise ValueError
"""


def test_harm_is_left_out_with_its_reason(tmp_path: Path, listening: socket.socket) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("as it was")
    head = HEAD.format(mine=str(mine), folder=str(tmp_path), port=listening.getsockname()[1])
    code = head + "".join(f"{harm}\n" for harm, _, _ in HARMS) + "x = torch.zeros(2, 3)  # [2, 3]\n"
    observed = run(code, device="cpu")
    first = head.count("\n") + 1
    found = whys(observed)
    wanted = {
        first + at: why.format(mine=mine, folder=tmp_path)
        for at, (_, why, _) in enumerate(HARMS)
        if why is not None
    }
    assert {line: found.get(line) for line in wanted} == wanted
    assert len(found) == len(HARMS)
    assert shapes(observed) == [(2, 3)]
    assert observed.error is None
    assert mine.read_text() == "as it was"
    assert [*tmp_path.iterdir()] == [mine]
    with pytest.raises(TimeoutError):
        listening.accept()


def test_what_spoils_the_process_is_allowed() -> None:
    head = HEAD.format(mine="", folder="", port=0)
    code = head + "".join(f"{one}\n" for one in HARMLESS) + "x = torch.zeros(2, 3)  # [2, 3]\n"
    observed = run(code)
    assert whys(observed) == {}
    assert shapes(observed) == [(2, 3)]


ENDS = [
    # a statement that ends all                     how it ended                                         why this row
    ("ctypes.string_at(0)", "its process was ended by SIGSEGV", "a crash"),
    ("os.closerange(3, 200)", "its process ended with exit code 1", "our own output is closed"),
]


@pytest.mark.parametrize(("statement", "error", "why"), ENDS, ids=[row[2] for row in ENDS])
def test_what_was_seen_before_the_end_is_kept(statement: str, error: str, why: str) -> None:
    head = "import ctypes, os\nimport torch\nx = torch.zeros(2, 3)  # [2, 3]\n"
    observed = run(f"{head}{statement}\ny = torch.zeros(4)  # [4]\n")
    assert shapes(observed) == [(2, 3)]
    assert (observed.error or "").startswith(error)
    assert observed.at == 4


def test_a_statement_without_end_has_its_time_and_the_others_theirs() -> None:
    began = time.monotonic()
    observed = run(
        """\
        import time
        import torch
        time.sleep(1000)
        while True:
            pass
        try:
            time.sleep(1000)
        except Exception:
            pass
        x = torch.zeros(2, 3)  # [2, 3]
        """,
        seconds=6,
    )
    assert shapes(observed) == [(2, 3)]
    assert [why.startswith("it took more than ") for why in whys(observed).values()] == [True] * 3
    assert time.monotonic() - began < 30  # PyTorch may have to be loaded first


def test_time_that_cannot_be_interrupted_ends_all() -> None:
    observed = run(
        """\
        import signal
        import torch
        x = torch.zeros(2, 3)  # [2, 3]
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGTERM])
        while True:
            pass
        """,
        seconds=3,
    )
    assert shapes(observed) == [(2, 3)]
    assert (observed.error, observed.at) == ("it took more than 3 s; --timeout gives it more", 5)


def test_nothing_is_left_behind() -> None:
    run("import torch")  # what forks for each document stays
    before = set(psutil.Process().children(recursive=True))
    folder = run("import os\nimport torch\nraise ValueError(os.getcwd())\n").skipped[0].why.split(": ")[1]
    assert "archcheck-" in folder
    assert not Path(folder).exists()
    assert set(psutil.Process().children(recursive=True)) <= before


def observed_of(python: str, plan: Plan) -> Observed:
    """Return what is made of a process that is no child of ours."""
    return observe(Document("page.md", "", ()), plan, child=("-c", python))


def test_memory_that_the_kernel_does_not_bound_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "SLACK_BYTES", 0)
    hungry = "import time; room = bytearray(400_000_000); time.sleep(100)"
    observed = observed_of(hungry, Plan(memory_bytes=200_000_000))
    assert observed.error == "it took more than 200 MB of memory"


def test_reports_without_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "MOST_BYTES", 1_000_000)
    talking = 'while True: print(\'["At",{"line":7}]\')'
    observed = observed_of(talking, Plan())
    assert (observed.error, observed.at) == ("it reports more than 1.00 MB", 7)


STRANGE = [
    ("print('x' * 10**6)", "its process ended with exit code 0", "no record"),
    ("raise ValueError('no')", "its process ended with exit code 1: ValueError: no", "its last word is told"),
    ("import os, time; os.close(1); time.sleep(100)", "its process closed its output", "no output, no end"),
]


@pytest.mark.parametrize(("python", "error", "why"), STRANGE, ids=[row[2] for row in STRANGE])
def test_a_strange_process(python: str, error: str, why: str) -> None:
    observed = observed_of(python, Plan(seconds=2.5))
    assert observed == Observed("meta", printed={}, error=error)


def test_code_beside_a_document_is_imported_and_nothing_else_is_read(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from pathlib import Path\nwidth = 5\nopen('x')\n")
    (tmp_path / "notes.txt").write_text("secret")
    code = "import torch\nfrom net import width\nx = torch.zeros(2, width)  # [2, 5]\n"
    observed = run(
        f"{code}from pathlib import Path\ny = Path(__file__).with_name('notes.txt').read_text()\n",
        str(tmp_path / "page.py"),
    )
    assert shapes(observed) == [(2, 5)]
    assert whys(observed) == {5: f"it would read {tmp_path}/notes.txt"}
    assert {one.name for one in tmp_path.iterdir()} == {"net.py", "notes.txt"}


@pytest.mark.parametrize("source", [".", "src"])
def test_a_document_may_mean_the_packages_of_its_own_project(source: str, tmp_path: Path) -> None:
    package = tmp_path / source / "mynets_of_this"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .sizes import width\n")
    (package / "sizes.py").write_text("width = 5\n")
    (package / "lengths.py").write_text("length = 2\n")
    docs = tmp_path / "docs"
    docs.mkdir()
    takes = "from mynets_of_this import width\nfrom mynets_of_this.lengths import length\n"
    code = f"import torch\n{takes}x = torch.zeros(length, width)  # [2, 5]\n"
    assert shapes(run(code, str(docs / "page.py"))) == []
    (tmp_path / "pyproject.toml").write_text("")
    assert shapes(run(code, str(docs / "page.py"))) == [(2, 5)]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's networks are Linux's")
def test_the_kernel_keeps_the_network_away_where_it_can(listening: socket.socket) -> None:
    code = f"""if True:
        import socket
        from archcheck.running.limits import leave_network
        from archcheck.running.plan import Plan
        def reached():
            try:
                socket.create_connection(("127.0.0.1", {listening.getsockname()[1]}), 2).close()
            except OSError:
                return False
            return True
        before = reached()
        leave_network(Plan())
        print(before, reached())
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if done.stdout == "True True\n":
        pytest.skip("this kernel lets no user have a network of their own")
    assert done.stdout == "True False\n"
    listening.accept()[0].close()


def test_the_environment_has_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setenv("HOME", "/home/somebody")
    made = environment(tmp_path, "meta")
    assert "secret" not in made.values()
    assert {made[name] for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "TORCH_HOME")} == {str(tmp_path)}
    assert (made["MPLBACKEND"], made["CUDA_VISIBLE_DEVICES"]) == ("Agg", "")


def test_the_environment_leads_to_this_package_from_any_folder(tmp_path: Path) -> None:
    ours = str(Path(__file__).parent.parent)
    assert ours in environment(tmp_path, "meta")["PYTHONPATH"].split(os.pathsep)


ALLOWED = [
    ("open", ("{folder}/a.txt", "w", os.O_WRONLY), "its own folder"),
    ("open", (os.devnull, "w", os.O_WRONLY), "nowhere"),
    ("open", (os.__file__, "r", os.O_RDONLY), "Python's own files"),
    ("open", (pytest.__file__, "r", os.O_RDONLY), "what is installed"),
    ("open", ("{beside}/model.py", "r", os.O_RDONLY), "code beside the document"),
    ("open", (7, "r", os.O_RDONLY), "a file that is open"),
    ("os.listdir", ("{beside}",), "which code there is beside it"),
    ("os.mkdir", ("{folder}/checkpoints", 0o777, -1), "a folder in its own"),
    ("import", ("torch", None, None, None, None), "what nobody minds"),
]
REFUSED = [
    ("open", ("{beside}/notes.txt", "r", os.O_RDONLY), "what is no code beside it"),
    ("open", ("{beside}/model.py", "w", os.O_WRONLY), "code beside it is for reading"),
    ("open", ("{folder}/../a.txt", "w", os.O_WRONLY), "out of its folder by dots"),
    ("open", ("{folder}-other/a.txt", "w", os.O_WRONLY), "a folder that begins alike"),
    ("open", (b"/etc/passwd", "r", os.O_RDONLY), "a name in bytes"),
    ("open", (9, "w", os.O_WRONLY), "what we report by"),
    ("os.rename", ("{folder}/a", "/tmp/b", -1, -1), "out of its folder"),
    ("ctypes.dlopen", (None,), "outside an import"),
]


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard(tmp_path / "own", tmp_path / "beside", records=9)


def filled(args: tuple[object, ...], root: Path) -> tuple[object, ...]:
    places = {"folder": root / "own", "beside": root / "beside"}
    return tuple(one.format(**places) if isinstance(one, str) else one for one in args)


@pytest.mark.parametrize(("event", "args", "why"), ALLOWED, ids=[row[2] for row in ALLOWED])
def test_allowed(event: str, args: tuple[object, ...], why: str, guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    guard.heard(event, filled(args, tmp_path))


@pytest.mark.parametrize(("event", "args", "why"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(event: str, args: tuple[object, ...], why: str, guard: Guard, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="it would "):
        guard.heard(event, filled(args, tmp_path))


def test_a_library_that_the_import_path_names_may_load_more_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "libraries"))
    (tmp_path / "libraries").mkdir()
    guard = Guard(tmp_path / "own", None, records=9)
    guard.heard("open", (str(tmp_path / "libraries" / "lazy.py"), "r", os.O_RDONLY))
    guard.heard("os.listdir", (str(tmp_path / "libraries"),))
    for harm in (("notes.txt", "r", os.O_RDONLY), ("lazy.py", "w", os.O_WRONLY)):
        with pytest.raises(Refused, match="it would "):
            guard.heard("open", (str(tmp_path / "libraries" / harm[0]), *harm[1:]))


def test_an_installed_library_may_load_others(guard: Guard, tmp_path: Path) -> None:
    elsewhere = (str(tmp_path),)  # as what is installed to be edited is
    with guard.importing():
        guard.heard("ctypes.dlopen", ("libm.so",))
        guard.heard("os.listdir", elsewhere)
    with pytest.raises(Refused, match="it would read"):
        guard.heard("os.listdir", elsewhere)
    with pytest.raises(Refused, match="it would load a compiled library"):
        guard.heard("ctypes.dlopen", ("libm.so",))


def test_the_parent_does_without_torch() -> None:
    code = "import sys; import archcheck.running.observing; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_error_of_our_own_is_told_of() -> None:
    broken = (
        "import runpy, archcheck.running.child as child\n"
        "child.Caller.call_all = lambda caller: {}['silent']\n"
        "runpy.run_module('archcheck.running', run_name='__main__')\n"
    )
    page = read("page.md", "```python\nimport torch\nx = torch.empty(2, 3)  # [2, 3]\n```\n")
    observed = observe(page, Plan(), child=("-c", broken))
    assert observed.error == (
        "its process ended with exit code 1: an error of archcheck's own, please report it: "
        "KeyError: 'silent' (<string>:2)"
    )


ENDLESS = """\
import os, signal, sys
import torch
def {name}(x):
    # x: [2, 3]
    y = x.t()  # [3, 2]
    {end}
    return y
"""


@pytest.mark.parametrize(
    "end",
    [
        *("os._exit(3)", "sys.exit(3)", "quit()", "exit(1)", "os.abort()", "os.kill(os.getpid(), 9)"),
        *("signal.raise_signal(9)", "raise SystemExit", "raise KeyboardInterrupt"),
    ],
)
def test_a_function_that_we_call_does_not_end_the_run(end: str) -> None:
    code = ENDLESS.format(name="stop", end=end) + ENDLESS.format(name="fine", end="pass")
    observed = run(code)
    assert observed.error is None
    assert {event.site for event in observed.events if event.value == (3, 2)} == {2, 4}  # as far as it went


def test_functions_without_end_leave_others_their_time() -> None:
    code = ENDLESS.format(name="fine", end="pass")  # the last is called first
    code += "".join(ENDLESS.format(name=f"spin_{at}", end="while True: pass") for at in range(3))
    observed = run(code, seconds=8)
    assert observed.error is None
    assert ("fine", None) in [(one.what, one.error) for one in observed.called]


def test_a_class_without_end_leaves_others_their_time() -> None:
    head = "import torch\nfrom torch import nn\n"
    body = "class {}(nn.Module):\n    def __init__(self, size):\n        super().__init__()\n        {}\n"
    forward = "    def forward(self, x):  # x: [2, 3]\n        return x.t()  # [3, 2]\n"
    code = head + body.format("Fine", "pass") + forward + body.format("Spin", "while True: pass") + forward
    observed = run(code, seconds=8)
    assert observed.error is None
    assert ("Fine", None) in [(one.what, one.error) for one in observed.called]
