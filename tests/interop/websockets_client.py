"""Interop with `websockets` (asyncio)."""

import asyncio

import websockets

from common import SOCKET, Conversation, expect, join, ping, post, sign_in


def connect(token):
    headers = {"Authorization": f"Bearer {token}"}
    # The name of the parameter changed in version 14.
    is_old = int(websockets.__version__.split(".")[0]) < 14 if hasattr(websockets, "__version__") else False
    return websockets.connect(SOCKET, **{"extra_headers" if is_old else "additional_headers": headers})


async def main():
    conversation = Conversation()

    async def wait_for(kind, **fields):
        while (frame := conversation.take(kind, **fields)) is None:
            conversation.hear(await asyncio.wait_for(socket.recv(), 10))
        return frame

    socket = await connect(sign_in("bearer"))
    hello = await wait_for("hello")
    expect(hello["protocol"] == 1, hello)
    await socket.send(join())
    joined = await wait_for("joined", ref=1)
    live = await wait_for("live")
    expect(live["seq"] == joined["head"] == conversation.seq, (joined, live))

    await socket.send(post(2, "websockets-1", "said through websockets"))
    posted = await wait_for("posted", ref=2)
    entry = await wait_for("entry", nonce="websockets-1")
    expect(entry["seq"] == posted["seq"] and entry["body"] == "said through websockets", entry)

    # An iterable is sent as fragments; the last cut stands within a character.
    text = post(3, "websockets-2", "in fragments: é").encode()
    await socket.send([text[:10].decode(), text[10:40].decode(), text[40:].decode()])
    await wait_for("posted", ref=3)
    entry = await wait_for("entry", nonce="websockets-2")
    expect(entry["body"] == "in fragments: é", entry)

    await asyncio.wait_for(await socket.ping(b"are you there?"), 10)
    await socket.send(ping(4))
    await wait_for("pong", ref=4)

    await socket.send(b"\x00\x01")
    refused = await wait_for("refused")
    expect(refused["code"] == "frame_malformed", refused)

    await socket.close(1000, "enough")
    code = socket.close_code
    expect(code == 1000, f"closed with {code}")


asyncio.run(main())
