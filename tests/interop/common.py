"""What the clients of other libraries have in common: they are called with URL, E-MAIL, PASSWORD and ROOM, speak to a real
server, and fail loudly at the first surprise. The room's log and the libraries' own view of the close are checked."""

import json
import sys
import urllib.request

URL, EMAIL, PASSWORD, ROOM = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
SOCKET = URL.replace("http", "ws", 1) + "/api/v1/socket"


def expect(condition, what):
    if not condition:
        sys.exit(f"unexpected: {what}")


def sign_in(transport):
    """The token, or the cookie that a browser would be given."""
    body = json.dumps({"email": EMAIL, "password": PASSWORD, "transport": transport}).encode()
    request = urllib.request.Request(URL + "/api/v1/sessions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        if transport == "bearer":
            return json.load(answer)["token"]
        return answer.headers["Set-Cookie"].split(";")[0]


def post(ref, nonce, body):
    return json.dumps({"t": "post", "ref": ref, "room": ROOM, "nonce": nonce, "body": body}, ensure_ascii=False)


def join():
    return json.dumps({"t": "join", "ref": 1, "room": ROOM, "after": 0})


def ping(ref):
    return json.dumps({"t": "ping", "ref": ref})


class Conversation:
    """What has come, by its type. Frames of other types may come between."""

    def __init__(self):
        self.frames = []
        self.seq = 0

    def hear(self, text):
        frame = json.loads(text)
        for entry in frame["entries"] if frame["t"] == "entries" else [frame] if frame["t"] == "entry" else []:
            expect(entry["seq"] == self.seq + 1, f"{entry} after {self.seq}")
            self.seq = entry["seq"]
        self.frames.append(frame)

    def take(self, kind, **fields):
        """The first frame of this type with these fields that has not been taken; None if there is none yet."""
        for number, frame in enumerate(self.frames):
            if frame["t"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                return self.frames.pop(number)
        return None
