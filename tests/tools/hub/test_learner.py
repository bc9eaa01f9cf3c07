"""What comes over a kernel's channel."""

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from tools.hub.learner import without_buffers

MESSAGE = {"msg_type": "comm_open", "content": {"name": "Schrödinger"}}


def test_a_plain_message_is_its_own_text() -> None:
    assert json.loads(without_buffers(json.dumps(MESSAGE))) == MESSAGE


@given(st.lists(st.binary(), max_size=3))
def test_the_bytes_of_widgets_are_left_away(buffers: list[bytes]) -> None:
    parts = [json.dumps(MESSAGE).encode(), *buffers]
    begins = [4 * (len(parts) + 1)]
    for part in parts[:-1]:
        begins.append(begins[-1] + len(part))
    head = struct.pack(f">{len(parts) + 1}I", len(parts), *begins)
    assert json.loads(without_buffers(head + b"".join(parts))) == MESSAGE
