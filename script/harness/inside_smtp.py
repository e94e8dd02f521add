"""A mail server that keeps every message as a file and sends none on.

``python -m harness.inside_smtp FOLDER``: prints the port it chose, then serves
until it is stopped.
"""

import sys
import threading
from datetime import datetime
from pathlib import Path

from aiosmtpd.controller import Controller


class Keep:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{self.count:04d}.eml"
        recipients = "".join(f"X-Sent-To: {to}\r\n" for to in envelope.rcpt_tos)
        content = recipients.encode() + envelope.original_content
        (self.folder / name).write_bytes(content)
        return "250 kept"


class AnyPort(Controller):
    """The system chooses the port, so that two servers never collide."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def main(folder):
    keep = Keep(Path(folder))
    keep.folder.mkdir(parents=True, exist_ok=True)
    options = {"data_size_limit": 50 * 1024 * 1024, "decode_data": False}
    controller = AnyPort(keep, hostname="127.0.0.1", port=0, **options)
    controller.start()
    print(controller.port, flush=True)
    try:
        threading.Event().wait()
    finally:
        controller.stop()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(0)
