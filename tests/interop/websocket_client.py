"""Interop with `websocket-client`, signed in by cookie as a browser is."""

import websocket
from websocket import ABNF

from common import SOCKET, URL, Conversation, expect, join, ping, post, sign_in

conversation = Conversation()
socket = websocket.create_connection(SOCKET, timeout=10, cookie=sign_in("cookie"), origin=URL)


def wait_for(kind, **fields):
    while (frame := conversation.take(kind, **fields)) is None:
        conversation.hear(socket.recv())
    return frame


expect(wait_for("hello")["protocol"] == 1, "hello")
socket.send(join())
joined, live = wait_for("joined", ref=1), wait_for("live")
expect(live["seq"] == joined["head"] == conversation.seq, (joined, live))

socket.send(post(2, "client-1", "said through websocket-client"))
posted, entry = wait_for("posted", ref=2), wait_for("entry", nonce="client-1")
expect(entry["seq"] == posted["seq"] and entry["body"] == "said through websocket-client", entry)

# Fragments, cut within a character, with a ping between them.
text = post(3, "client-2", "in fragments: é").encode()
middle = text.index("é".encode()) + 1
socket.send_frame(ABNF.create_frame(text[:middle], ABNF.OPCODE_TEXT, fin=0))
socket.send_frame(ABNF.create_frame(b"between", ABNF.OPCODE_PING))
socket.send_frame(ABNF.create_frame(text[middle:], ABNF.OPCODE_CONT))
while True:
    opcode, data = socket.recv_data(control_frame=True)
    if opcode == ABNF.OPCODE_PONG:
        expect(data == b"between", data)
        break
    conversation.hear(data)
wait_for("posted", ref=3)
expect(wait_for("entry", nonce="client-2")["body"] == "in fragments: é", "the entry")

socket.send(ping(4))
wait_for("pong", ref=4)

socket.send_binary(b"\x00\x01")
expect(wait_for("refused")["code"] == "frame_malformed", "the answer to a binary message")

socket.send_close(1000, b"enough")
while True:
    opcode, data = socket.recv_data(control_frame=True)
    if opcode == ABNF.OPCODE_CLOSE:
        break
    conversation.hear(data)
expect(data == b"\x03\xe8enough", f"closed with {data}")
try:
    expect(socket.recv() == "", "something after the close")
except websocket.WebSocketConnectionClosedException:
    pass
