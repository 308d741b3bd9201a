"""Whose a container is."""

import os
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from responder.sandbox.owner import Owner


def test_this_process_lives_and_survives_writing_down() -> None:
    """The owner read back from a label is alive while this process is."""
    owner = Owner.this_process()

    assert Owner.parse(str(owner)) == owner
    assert owner.lives()


def test_another_process_under_the_same_number_is_not_the_owner() -> None:
    """A number that was used again, or another boot, does not pass for the owner."""
    me = Owner.this_process()

    assert not Owner(me.boot, me.pid, me.start_ticks + 1).lives()
    assert not Owner("another-boot", me.pid, me.start_ticks).lives()


def test_an_ended_process_is_dead_before_it_is_reaped() -> None:
    """A zombie owns nothing."""
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    stat = Path(f"/proc/{process.pid}/stat").read_text()
    owner = Owner(Owner.this_process().boot, process.pid, int(stat.rpartition(")")[2].split()[19]))

    assert not owner.lives()
    process.wait()


@given(text=st.text())
def test_any_label_is_an_owner_or_none(text: str) -> None:
    """Labels are not trusted to be ours."""
    owner = Owner.parse(text)

    assert owner is None or Owner.parse(str(owner)) == owner
