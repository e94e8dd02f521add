"""A mail server for tests that keeps what it gets, and misbehaves as it is told.

``python smtp_sink.py FOLDER [PORT]`` prints its port and serves until it is stopped.
Each message is a file ``*.eml`` in FOLDER, with its envelope in ``X-Sent-To``. The
file ``rules.json`` says how to treat whom: a list of ``{"to": part of an address,
"mode": …}``, of which the first that fits counts; see MODES.
"""

import asyncio
import json
import os
import random
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from aiosmtpd.controller import Controller

MODES = (
    "ok",
    "refuse",  # 550 for the recipient
    "later",  # 451 for the recipient
    "refuse_data",  # 554 after the message
    "busy",  # 421 for the sender, and gone
    "drop",  # takes the message and breaks off without an answer
    "stall",  # takes the message and does not answer
    "kill",  # takes the message, kills the process "pid", then answers
    "wait",  # takes the message, and answers when the file "go" is there
    "flaky",  # any of these now and then, for the "share" of the messages
)
#: What a flaky server does.
FLAKY = ("refuse", "later", "refuse_data", "busy", "drop", "stall")


class Sink:
    """The handler of aiosmtpd."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def rule(self, *addresses):
        """Return the rule for the first address that one is written for."""
        rules = json.loads((self.folder / "rules.json").read_text(encoding="utf-8"))
        for rule in rules:
            if any(rule["to"] in address for address in addresses):
                if rule["mode"] != "flaky":
                    return rule
                if random.random() < rule["share"]:
                    return {**rule, "mode": random.choice(FLAKY)}
        return {"mode": "ok"}

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        if self.rule(f"from:{address}")["mode"] == "busy":
            return "421 too many, come back later"
        return "250 go on"

    async def handle_RCPT(self, server, session, envelope, address, options):
        rule = self.rule(address)
        session.rule = rule
        if rule["mode"] == "refuse":
            return "550 5.1.1 no such mailbox here"
        if rule["mode"] == "later":
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 go on"

    async def handle_DATA(self, server, session, envelope):
        rule = session.rule
        mode = rule["mode"]
        if mode == "refuse_data":
            return "554 5.7.1 refused as unwanted"
        self.keep(envelope)
        if mode in ("drop", "busy"):
            server.transport.abort()
        elif mode == "stall":
            await asyncio.sleep(rule.get("seconds", 30))
        elif mode == "kill":
            with suppress(ProcessLookupError):
                os.kill(rule["pid"], signal.SIGKILL)
        elif mode == "wait":
            while not (self.folder / "go").exists():
                await asyncio.sleep(0.02)
        return "250 kept"

    def keep(self, envelope):
        self.count += 1
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"X-Sent-To: {recipients}\r\nX-Sent-From: {envelope.mail_from}\r\n"
        name = self.folder / f"{os.getpid()}-{self.count:05d}"
        part = name.with_suffix(".part")
        part.write_bytes(head.encode() + envelope.original_content)
        part.rename(name.with_suffix(".eml"))


class AnyPort(Controller):
    """The system chooses the port, unless one is given."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        return super()._trigger_server()


def main(folder, port=0):
    """Serve until the process is stopped."""
    controller = AnyPort(
        Sink(Path(folder)),
        hostname="127.0.0.1",
        port=int(port),
        data_size_limit=50 * 1024 * 1024,
    )
    controller.start()
    sys.stdout.write(f"{controller.port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
