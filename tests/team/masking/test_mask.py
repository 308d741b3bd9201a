"""Claims about masking: what is taken for a name, that a name is masked wherever it stands, and that it comes back."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.team.masking.mask import Mask

KEY = b"k" * 32


def mask(**more: object) -> Mask:
    return Mask(key=KEY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("connect to 10.20.3.7:5432 refused", "10.20.3.7"),
        ("peer 2001:db8:0:1::7 is gone", "2001:db8:0:1::7"),
        ("link 52:54:00:12:ab:cd down", "52:54:00:12:ab:cd"),
        ("could not resolve orders-db.prod.example.com: no such host", "orders-db.prod.example.com"),
        ("dial tcp: lookup payments.svc.cluster.local", "payments.svc.cluster.local"),
        ("kubelet on ip-10-0-3-17 is not ready", "ip-10-0-3-17"),
        ("mail to alice.b@example.org bounced", "alice.b@example.org"),
        ('{"host": "web-17", "msg": "x"}', "web-17"),
        ("hostname=db3 state=down", "db3"),
        ("GET http://orders-db:8080/health", "orders-db"),
        ("Mar 14 14:03:12 pegasus sshd[412]: Connection closed", "pegasus"),
        ("<34>1 2026-03-14T14:03:12.003Z pegasus su[88]: bad", "pegasus"),
        ("Accepted publickey for alice from 10.0.0.9 port 4022 ssh2", "alice"),
        ("Failed password for invalid user mallory from 10.0.0.9", "mallory"),
        ("user=bob.k action=login", "bob.k"),
        ('password authentication failed for user "billing_rw"', "billing_rw"),
        ("open /home/carol/.ssh/id_rsa: denied", "carol"),
        ("rsync dave@web-17:/srv", "dave"),
    ],
)
def test_a_name_is_masked(text: str, name: str) -> None:
    """By its form or by what stands around it; the rest of the line stays as it is."""
    worn = mask()

    masked = worn.put_on(text)

    assert name not in masked
    assert worn.take_off(masked) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14T14:03:12Z ERROR java.lang.NullPointerException at com.acme.Checkout.pay(Checkout.java:14)",
        "listening on 0.0.0.0:8080 and [::1]:8080, 127.0.0.1 too",
        "user=root host=redis account=none",
        "E1 H2 V3 root_cause at 14:03:12, 12:00:00.5 and nginx.conf:33",
        "requests==2.32.3 imported app/main.py",
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    """Code, clocks, versions, files, loopback, and accounts that every machine has."""
    assert mask().put_on(text) == text


def test_a_name_is_known_wherever_it_stands() -> None:
    """Announced in one line it is masked in every other, with the same token, also inside a path."""
    worn = mask()
    worn.learn("Mar 14 14:03:12 pegasus sshd[412]: session opened for user alice")

    masked = worn.put_on("alice read /srv/pegasus/alice.csv; malice and pegasuses are no names")

    token = worn.put_on("alice")
    assert token.startswith("user-")
    assert masked.count(token) == 2
    assert "malice and pegasuses are no names" in masked
    assert "/srv/host-" in masked


def test_a_short_name_goes_with_the_long_one() -> None:
    """Who knows `db-7.prod.example.com` also knows `db-7`; the two are different tokens."""
    worn = mask()

    masked = worn.put_on("db-7.prod.example.com is up; db-7 is down")

    assert "db-7" not in masked
    assert worn.take_off(masked) == "db-7.prod.example.com is up; db-7 is down"


def test_tokens_depend_on_the_key_alone() -> None:
    """In whatever order names are met they get the same tokens, and another key gives others."""
    first, second, other = mask(), mask(), Mask(key=b"other")

    first.put_on("user=alice then user=bobby")
    second.put_on("user=bobby then user=alice")

    assert first.table == second.table
    assert not set(first.table) & set(other.table | {other.put_on("user=alice"): ""})


def test_words_of_the_instructions_are_never_names() -> None:
    """A log cannot have the tool's own words masked in what the model is told."""
    worn = mask(spared={"next_speaker", "hypothesis"})
    worn.learn("user=next_speaker user=hypothesis user=alice")

    masked = worn.put_on("next_speaker hypothesis alice")

    assert masked.startswith("next_speaker hypothesis user-")


def test_a_token_in_the_evidence_is_masked_too() -> None:
    """Whoever writes something like a token into a log gets it back, and no other name."""
    worn = mask()
    token = worn.put_on("user=alice").removeprefix("user=")
    text = f"user=alice wrote {token}, {token.upper()} and host-0000beef"

    assert worn.take_off(worn.put_on(text)) == text


def test_a_reply_gets_its_names_back_and_nothing_else() -> None:
    """Tokens in any case are put back, invented ones stay, names inside JSON and code are intact."""
    worn = mask()
    token = worn.put_on("10.20.3.7")

    assert (
        worn.take_off(f'{{"text": "{token}"}} in x == "{token.upper()}"') == '{"text": "10.20.3.7"} in x == "10.20.3.7"'
    )
    assert worn.take_off("host-12345678") == "host-12345678"


PIECES = st.sampled_from(
    [
        *("alice", "user=alice", "10.0.0.7", "host-", "addr-", "host-deadbeef", "web-1.example.com", "/home/bob/"),
        *("://db-3/", "::", "2001:db8::1", "Mar 14 14:03:12 pegasus su[1]:", "f00dcafe", "é", "a", "7"),
        *("@", ".", ":", "-", "_", " ", "\n"),
    ]
)


@given(texts=st.lists(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60), min_size=1, max_size=4))
def test_taking_the_mask_off_gives_back_the_text(texts: list[str]) -> None:
    """Whatever the text, and whatever was masked before it."""
    worn = mask()

    for text in texts:
        assert worn.take_off(worn.put_on(text)) == text


@given(st.lists(PIECES, max_size=12).map("".join))
def test_the_mask_is_put_on_the_same_way_each_time(text: str) -> None:
    """A text that is sent twice is the same text twice."""
    worn = mask()
    worn.learn(text)

    assert worn.put_on(text) == worn.put_on(text)


@pytest.mark.parametrize("piece", ["a", "a.", "a-", "1:", "user=", "1.1", "x@", "host-", "://"])
def test_no_text_takes_long(piece: str) -> None:
    """A megabyte of any one thing is masked in seconds."""
    started = time.process_time()

    mask().put_on(piece * (1_000_000 // len(piece)))

    assert time.process_time() - started < 10
