#!/usr/bin/env python3
"""A worker: serves `call: greet:1.0.0@default` with nothing but a socket.

Usage: worker.py HOST PORT
See docs/workers.md for the protocol.
"""
import json
import socket
import sys

FUNCTION = "greet_1_0_0"
CONSUMER = f"executor-{FUNCTION}"


def greet(arguments):
    if "name" not in arguments:
        raise ValueError("`name` is missing")
    return {"greeting": f"Hello, {arguments['name']}!"}


class Nats:
    def __init__(self, host, port):
        self.stream = socket.create_connection((host, port)).makefile("rwb")
        self.line()  # INFO
        self.write(b'CONNECT {"verbose":false,"headers":true}\r\nSUB worker.inbox 1\r\n')

    def write(self, data):
        self.stream.write(data)
        self.stream.flush()

    def line(self):
        line = self.stream.readline()
        if not line:
            sys.exit("NATS has closed the connection")
        return line.decode().strip()

    def publish(self, subject, payload, headers=""):
        head = f"NATS/1.0\r\n{headers}\r\n".encode()
        body = payload.encode()
        sizes = f"{len(head)} {len(head) + len(body)}"
        self.write(f"HPUB {subject} worker.inbox {sizes}\r\n".encode() + head + body + b"\r\n")

    def receive(self):
        """The next message: subject to acknowledge to, and body."""
        while True:
            words = self.line().split(" ")
            if words[0] == "PING":
                self.write(b"PONG\r\n")
            elif words[0] in ("MSG", "HMSG"):
                data = self.stream.read(int(words[-1]) + 2)[:-2]
                head = int(words[-2]) if words[0] == "HMSG" else 0
                reply = words[3] if len(words) == (6 if words[0] == "HMSG" else 5) else None
                return reply, data[head:]

    def ask(self, subject, request, headers=""):
        self.publish(subject, json.dumps(request), headers)
        answer = json.loads(self.receive()[1])
        if "error" in answer:
            raise RuntimeError(answer["error"])


def main():
    nats = Nats(sys.argv[1], int(sys.argv[2]))
    subject = f"weir.actions.{FUNCTION}"
    config = {"durable_name": CONSUMER, "filter_subject": subject,
              "ack_policy": "explicit", "ack_wait": 30_000_000_000}
    nats.ask(f"$JS.API.CONSUMER.CREATE.WEIR_ACTIONS.{CONSUMER}.{subject}",
             {"stream_name": "WEIR_ACTIONS", "config": config})
    while True:
        nats.publish(f"$JS.API.CONSUMER.MSG.NEXT.WEIR_ACTIONS.{CONSUMER}",
                     json.dumps({"batch": 1, "expires": 30_000_000_000}))
        ack, body = nats.receive()
        if not body:
            continue  # Nothing to do within 30 seconds.
        action = json.loads(body)
        outcome = {"id": action["id"], "task": action["task"], "executor": "worker.py"}
        try:
            outcome["output"] = greet(action["request"]["arguments"])
        except Exception as error:
            outcome["error"] = {
                "type": "https://open-workflow-specification.org/spec/1.0.0/errors/runtime",
                "status": 500, "title": "Runtime Error", "detail": str(error)}
        # Stored first, acknowledged then: whoever dies in between, the action is done again.
        nats.ask(action["replyTo"], outcome, f"Nats-Msg-Id: outcome/{action['id']}\r\n")
        nats.publish(ack, "+ACK")


main()
