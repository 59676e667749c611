import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.streams import spdy
from kubetutor.embedded.apiserver.streams.spdy_dictionary import DICTIONARY

HEADERS = {"streamtype": "data", "port": "3000", "requestid": "0"}


def decode(data, piece=None):
    decoder, frames = spdy.Decoder(), []
    for at in range(0, len(data), piece or len(data) or 1):
        frames += decoder.feed(data[at : at + (piece or len(data))])
    return frames


def test_the_dictionary_is_the_protocols():
    assert (len(DICTIONARY), zlib.adler32(DICTIONARY)) == (1423, 0xE3C6A7C2)


def test_every_frame_is_read_as_it_was_written():
    written = (
        spdy.Encoder().syn_stream(1, HEADERS)
        + spdy.data_frame(1, b"hello")
        + spdy.data_frame(1, b"", fin=True)
        + spdy.ping_frame(7)
        + spdy.reset_frame(1)
        + spdy.goaway_frame(0)
    )
    assert decode(written) == [
        spdy.SynStream(1, HEADERS),
        spdy.Data(1, b"hello"),
        spdy.Data(1, b"", fin=True),
        spdy.Ping(7),
        spdy.Reset(1, spdy.CANCEL),
        spdy.GoAway(0),
    ]


def test_headers_of_one_connection_are_compressed_together():
    encoder = spdy.Encoder()
    first, second = encoder.syn_stream(1, HEADERS), encoder.syn_stream(3, HEADERS, fin=True)
    assert len(second) < len(first)
    assert decode(first + second) == [spdy.SynStream(1, HEADERS), spdy.SynStream(3, HEADERS, fin=True)]


def test_a_reply_is_skipped_but_keeps_the_compression_going():
    encoder = spdy.Encoder()
    assert decode(encoder.syn_reply(2) + encoder.syn_stream(1, HEADERS)) == [spdy.SynStream(1, HEADERS)]


def test_settings_and_window_updates_are_skipped():
    settings, window = spdy._control_frame(4, bytes(4)), spdy._control_frame(9, bytes(8))
    assert decode(settings + window + spdy.ping_frame(1)) == [spdy.Ping(1)]


@given(st.integers(1, 200))
def test_frames_need_not_align_with_messages(piece):
    written = spdy.Encoder().syn_stream(1, HEADERS) + spdy.data_frame(1, b"x" * 300) + spdy.ping_frame(1)
    assert decode(written, piece) == decode(written)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_for(noise):
    try:
        decode(noise)
    except spdy.SpdyError:
        return


def test_another_version_is_refused():
    with pytest.raises(spdy.SpdyError, match="not a SPDY/3"):
        decode(b"\x80\x02\x00\x01\x00\x00\x00\x00")


def test_headers_that_grow_without_end_are_refused():
    bomb = {"streamtype": "x" * 10_000_000}
    frame = spdy.Encoder().syn_stream(1, bomb)
    assert len(frame) < spdy.MOST_CONTROL_BYTES
    with pytest.raises(spdy.SpdyError, match="more than"):
        decode(frame)
