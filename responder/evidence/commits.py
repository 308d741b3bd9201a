"""The history of a checkout among the inputs, as `git log` prints it.

A checkout is as untrusted as anything else in the inputs, and its configuration can name programs for git to run. So
its configuration, hooks and attributes are never seen: git runs in an empty repository of its own, in a temporary
folder, and is lent nothing of the checkout but the store of objects. Which commit to begin with is read here. A store
that borrows objects from elsewhere on this machine is refused.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from responder.evidence.opening import Unreadable, open_regular
from responder.patterns import lazy

__all__ = ["history_of"]

_SECONDS = 10.0
_MOST_BYTES = 4 << 20
_MOST_COMMITS = 500
_MOST_TAGS = 2_000
_REFS_BYTES = 4 << 20
_SHA = lazy(r"[0-9a-f]{40}")
_BRANCH = lazy(r"ref: (?P<name>refs/heads/[\w./+@-]{1,200})")
_TAG = lazy(r"[\w./+@-]{1,200}")
_LOG = (
    *("log", f"--max-count={_MOST_COMMITS}", "--date=iso-strict", "--decorate=short", "--decorate-refs=refs/tags/*"),
    *("--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap"),
)


def history_of(checkout: Path) -> bytes:
    """The newest commits of the branch that is checked out.

    Args:
        checkout: The `.git` folder.

    Raises:
        Unreadable: It holds no history, git cannot read it, or it refers to objects outside of itself.
    """
    objects = checkout / "objects"
    if checkout.is_symlink() or objects.is_symlink() or not objects.is_dir():
        raise Unreadable("not evidence: tool folder")
    if (objects / "info" / "alternates").exists():
        raise Unreadable("its history borrows objects from elsewhere, which are not looked at")
    packed = _packed(checkout)
    head = _head(checkout, packed)
    try:
        with tempfile.TemporaryDirectory(prefix="responder-git-") as folder:
            _lay_out(Path(folder), checkout, {**packed, **_loose_tags(checkout)})
            return _run(Path(folder), objects, head)
    except OSError as error:
        raise Unreadable(f"its history could not be read: {error.strerror or error}") from error


def _text(path: Path) -> str:
    """A small file of the checkout; empty when there is none, or it is no regular file."""
    try:
        with open_regular(path) as stream:
            return stream.read(_REFS_BYTES).decode(errors="replace")
    except (Unreadable, OSError):
        return ""


def _packed(checkout: Path) -> dict[str, str]:
    """The refs that git keeps in one file, by name."""
    refs = {}
    for line in _text(checkout / "packed-refs").split("\n"):
        sha, _, name = line.partition(" ")
        if _SHA.fullmatch(sha) and name.startswith("refs/"):
            refs[name] = sha
    return refs


def _head(checkout: Path, packed: dict[str, str]) -> str:
    """The commit that is checked out."""
    told = _text(checkout / "HEAD").strip()
    if branch := _BRANCH.fullmatch(told):
        name = branch["name"]
        inside = ".." not in name.split("/")
        told = (_text(checkout / name).strip() if inside else "") or packed.get(name, "")
    if not _SHA.fullmatch(told):
        raise Unreadable("its history has no commit")
    return told


def _loose_tags(checkout: Path) -> dict[str, str]:
    tags = {}
    folder = checkout / "refs" / "tags"
    if not folder.is_symlink() and folder.is_dir():
        for name in sorted(path.name for path in folder.iterdir())[:_MOST_TAGS]:
            if _SHA.fullmatch(sha := _text(folder / name).strip()):
                tags[f"refs/tags/{name}"] = sha
    return tags


def _lay_out(folder: Path, checkout: Path, refs: dict[str, str]) -> None:
    """Make the least that git calls a repository: no configuration, no hooks, and the tags to name releases by."""
    for name in ("objects", "refs"):
        (folder / name).mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    tags = sorted((name, sha) for name, sha in refs.items() if name.startswith("refs/tags/") and _TAG.fullmatch(name))
    (folder / "packed-refs").write_text("".join(f"{sha} {name}\n" for name, sha in tags[:_MOST_TAGS]))
    shallow = [line for line in _text(checkout / "shallow").split("\n") if _SHA.fullmatch(line)]
    if shallow:
        (folder / "shallow").write_text("\n".join(shallow) + "\n")


def _run(folder: Path, objects: Path, head: str) -> bytes:
    """Print the log, at most so much of it, for at most so long."""
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                ["git", "--no-pager", *_LOG, head, "--"],  # noqa: S607 - the user's own git
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                cwd=folder,
                env=_environment(folder, objects.absolute()),
                preexec_fn=_bound,
            )
        except FileNotFoundError as error:
            raise Unreadable("its history needs git, which is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise Unreadable(f"its history took longer than {_SECONDS:.0f} s to read") from error
        output.seek(0)
        text = output.read(_MOST_BYTES)
    if not text:
        raise Unreadable("git could not read its history" if done.returncode else "its history has no commit")
    return text[: text.rfind(b"\n") + 1]


def _bound() -> None:
    """Let the output grow no further than it is read, and memory no further than a large repository needs."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def _environment(folder: Path, objects: Path) -> dict[str, str]:
    """No prompt, no settings of the machine, no fetching of missing objects."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_DIR": str(folder),
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
