"""What goes over the wire."""

import msgspec
import pytest

from app.push.frames import as_chunk, read_answer, render_event


def body(*ids: str, degraded: bool = False, name: str = "rec_1") -> bytes:
    picks = [{"product_id": product, "rank": rank} for rank, product in enumerate(ids, 1)]
    return msgspec.json.encode({"recommendation_id": name, "degraded": degraded, "recommendations": picks})


def test_an_event_is_a_name_an_id_and_one_line_of_data() -> None:
    assert render_event(b'{"a":1}', "t0") == b'event: recommendations\nid: t0\ndata: {"a":1}\n\n'


def test_a_line_break_does_not_end_the_data() -> None:
    assert render_event(b'{"a":\r\n1}', "t") == b'event: recommendations\nid: t\ndata: {"a":\ndata: 1}\n\n'


def test_a_chunk_says_its_length_in_hexadecimal() -> None:
    assert as_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


def test_the_token_names_products_and_their_order_and_nothing_else() -> None:
    token = read_answer(body("a", "b")).token
    assert read_answer(body("a", "b", name="rec_2")).token == token
    others = {read_answer(body(*ids)).token for ids in (("b", "a"), ("a",), ("ab",), ("a", "b", "c"), ())}
    assert len(others) == 5
    assert token not in others


def test_degraded_answers_are_known() -> None:
    assert read_answer(body("a", degraded=True)).degraded


@pytest.mark.parametrize("bad", [b"", b"[]", b'{"recommendations":[]}', b'{"degraded":false,"recommendations":[{}]}'])
def test_what_is_no_answer_is_refused(bad: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_answer(bad)
