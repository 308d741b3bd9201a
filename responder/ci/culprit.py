"""From a failing line to the change behind it, as far as the history of the checkout tells.

The order of belief: a commit newer than the last green one that last changed a failing line; one that changed a
failing file; the only commit there is. An old commit is named only as the last to touch the line, when no range is
known: a line can be years old and fail because of what changed around it.
"""

from collections.abc import Sequence

from msgspec import Struct

from responder.ci.checkout import Checkout
from responder.ci.interface import Build, Commit, Culprit, SourcePlace

__all__ = ["Change", "change_since_good", "culprit_of"]

_MOST_PLACES = 8


class Change(Struct, frozen=True):
    """What lies between the last green build and this one; empty when that is not known."""

    good: str = ""
    commits: tuple[Commit, ...] = ()
    """Newest first."""
    files: frozenset[str] = frozenset()


def change_since_good(checkout: Checkout, build: Build, last_good: str = "") -> Change:
    """The range to look for the culprit in.

    Args:
        checkout: Its history.
        build: What the CI service says was green or where a change request leaves from.
        last_good: What the caller or the history of runs says; it goes first.
    """
    for good in (last_good, build.last_good, checkout.merge_base(build.base_branch)):
        if good and (commits := checkout.since(good)):
            return Change(good, commits, checkout.files_since(good))
    return Change()


def culprit_of(places: Sequence[SourcePlace], change: Change, checkout: Checkout) -> Culprit | None:
    """The commit that the failing places lead to, or None."""
    known = [place for place in places if place.known][:_MOST_PLACES]
    newer = {commit.sha for commit in change.commits}
    blamed = {place: commit for place in known if (commit := checkout.blame(place.path, place.line))}
    for place, commit in blamed.items():
        if commit.sha in newer:
            return Culprit(commit, f"it last changed line {place.line} of `{place.path}`", since_good=True)
    for place in known:
        if place.path in change.files and (commit := checkout.touching(change.good, place.path)):
            return Culprit(commit, f"it changed `{place.path}`", since_good=True)
    if len(change.commits) == 1:
        return Culprit(change.commits[0], "it is the only commit since the last green build", since_good=True)
    if not change.commits and blamed:
        place, commit = next(iter(blamed.items()))
        return Culprit(commit, f"it last changed line {place.line} of `{place.path}`", since_good=False)
    return None
