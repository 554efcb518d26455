#!/usr/bin/env python3
"""How long /health/live takes while eight clients send passwords that are dear to estimate.

    scripts/bench doors [PROGRAM…]

Each program is started as a demo of its own. Two kinds of forms keep the invitation's link alive, so that they can be sent
again and again: a phone number that is none beside a password that is dear to estimate, and a password that the estimate refuses.
Prints one line of Markdown for each program, at rest and under the clients.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS = 8
SECONDS = 15
PROBE_EVERY_S = 0.02
DEAR = ("@4({[<3691!|70$5+7%2Aa" + "pa$$w0rd" * 20)[:128]
FORMS = {
    "a dear password, no phone": {"password": DEAR, "phone": "none"},
    "a guessable password": {"password": "P4$$w0rd" * 16},
}


def ask(connection, method, path, body=None, token=None):
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text.startswith(b"{") else None


def start(program, folder):
    printed = open(os.path.join(folder, "printed"), "w+")
    log = open(os.path.join(folder, "log"), "w")
    process = subprocess.Popen([program, "demo", "--data", os.path.join(folder, "data"), "--port", "0"], stdout=printed, stderr=log)
    for _ in range(600):
        text = open(printed.name).read()
        found = re.search(r"http://([^:/\s]+):(\d+)", text)
        login = re.search(r"broker\S*\s+(\S+@\S+)\s+(\S+)", text)
        if found and login:
            return process, int(found.group(2)), login.groups()
        time.sleep(0.05)
    sys.exit(f"{program} did not say where it runs:\n{text}")


def link(port, login):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    status, answer = ask(connection, "POST", "/api/v1/sessions", {"email": login[0], "password": login[1], "transport": "bearer"})
    assert status == 201, answer
    form = {"first_name": "Paul", "last_name": "Durand", "email": "paul.durand@example.org", "project_type": "sale"}
    status, answer = ask(connection, "POST", "/api/v1/client-invitations", form, answer["token"])
    assert status == 201, answer
    while True:
        _, mails = ask(connection, "GET", "/api/v1/demo/mails")
        for mail in mails["mails"]:
            if mail["to"] == form["email"]:
                _, whole = ask(connection, "GET", f"/api/v1/demo/mails/{mail['id']}")
                return re.search(r"/client/invitation/([0-9a-f]{64})", whole["mail"]["text"]).group(1)
        time.sleep(0.05)


def probe(port, seconds):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took, failed = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        # A connection each, as a probe does: it may come to any of the threads.
        connection.close()
        try:
            failed += ask(connection, "GET", "/health/live")[0] != 200
        except OSError:
            failed += 1
        took.append((time.monotonic() - begin) * 1000)
        time.sleep(PROBE_EVERY_S)
    took.sort()
    at = lambda share: took[min(len(took) - 1, int(len(took) * share))]
    return f"{at(0.5):.1f} | {at(0.99):.1f} | {took[-1]:.1f} | {failed} of {len(took)}"


def hammer(port, token, form, over, counts):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while not over.is_set():
        try:
            status, _ = ask(connection, "POST", f"/api/v1/client-invitations/activate/{token}", form)
            counts[status] = counts.get(status, 0) + 1
        except OSError:
            connection.close()


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        process, port, login = start(program, folder)
        try:
            token = link(port, login)
            print(f"| {program}, at rest | {probe(port, 3)} | |", flush=True)
            for name, form in FORMS.items():
                over, counts = threading.Event(), {}
                arguments = (port, token, form, over, counts)
                clients = [threading.Thread(target=hammer, args=arguments, daemon=True) for _ in range(CLIENTS)]
                for client in clients:
                    client.start()
                took = probe(port, SECONDS)
                over.set()
                answers = ", ".join(f"{count} × {status}" for status, count in sorted(counts.items()))
                print(f"| {program}, {CLIENTS} clients, {name} | {took} | {answers} |", flush=True)
                for client in clients:
                    client.join()
        finally:
            process.kill()
            process.wait()


print("| | p50, ms | p99, ms | max, ms | failed | answers to the clients |")
print("| --- | --- | --- | --- | --- | --- |", flush=True)
for each in sys.argv[1:] or ["target/release/entremise"]:
    measure(each)
