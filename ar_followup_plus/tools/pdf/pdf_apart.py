"""Open PDFs and pictures of others in a separate process, with limits.

A file of some kilobytes can keep a reader of PDFs busy for ever, or fill the memory of
the server. Then only this process is killed, and the error names the file.
"""

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

from odoo.exceptions import UserError

from ..picture_size import MOST_PIXELS

#: Seconds for one file, and for Python and its libraries to start.
SECONDS, START_SECONDS = 20, 120
#: Bytes of memory (address space) of the process.
MEMORY = 1024**3
#: Pages of a PDF, and levels of its tree of pages.
MOST_PAGES, MOST_DEPTH = 2000, 50
CHILD = Path(__file__).with_name("pdf_child.py")


class PdfApart:
    """A process that reads and writes PDFs; use it as a context manager.

    It is started when first needed, and again after it was killed.

    :param env: for the language of error messages
    :param target: an open file in which a joined PDF is written
    """

    def __init__(self, env, target=None):
        self.env = env
        self.target = target
        self.process = None
        self.lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._end()

    # === OPERATIONS === #

    def count(self, content):
        """Return the number of pages of a PDF that can be joined to others."""
        return self._call("count", content)[0]["pages"]

    def picture(self, content):
        """Return a picture as PDF of one page."""
        return self._call("picture", content)[1]

    def front(self, cover, original):
        """Return a PDF with a page in front; its own pages and files are unchanged."""
        return self._call("front", cover, original)[1]

    def signed(self, name, content, sheet):
        """Return a PDF followed by a page, with the PDF also attached as a file."""
        return self._call("signed", content, sheet, name=name)[1]

    def join(self, title):
        """Begin a joined PDF in the target."""
        self.target.seek(0)
        self.target.truncate()
        self._end()
        self._call("join", title=title)

    def add(self, content, title=None):
        """Add a PDF or picture to the joined PDF."""
        self._call("add", content, title=title)

    def close(self):
        """Write the end of the joined PDF."""
        self._call("close")
        self.target.seek(0, os.SEEK_END)

    # === THE PROCESS === #

    def _call(self, what, *parts, **values):
        """Call an operation of the process.

        :return: ``(values, content)``
        :raise UserError: with the reason why the file cannot be used
        """
        if not self.process:
            self._start()
        values = {**values, "do": what, "sizes": [len(part) for part in parts]}
        answer = self._within(SECONDS, lambda: self._exchange(values, parts))
        problem = answer[0].get("problem") if answer else "limits"
        if problem == "limits":
            self._end()
        if problem:
            raise UserError(self._words(problem))
        return answer

    def _exchange(self, values, parts):
        send(self.process.stdin, values)
        for part in parts:
            self.process.stdin.write(part)
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        values = receive(self.process.stdout)
        return values, self.process.stdout.read(values.get("size", 0))

    def _within(self, seconds, work):
        """Return the result of ``work``, or None if the process ended or was killed."""
        done = threading.Event()

        def kill():
            with self.lock:
                if not done.is_set():
                    self.process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            return work()
        except (EOFError, OSError):
            return None
        finally:
            with self.lock:
                done.set()
            timer.cancel()

    def _start(self):
        files = (self.target.fileno(),) if self.target else ()
        limits = (int(SECONDS), MEMORY, MOST_PAGES, MOST_DEPTH, MOST_PIXELS, *files)
        # Nothing of the server is passed on: no password, no connection
        path = [os.path.abspath(place) for place in sys.path]
        environment = {"PYTHONPATH": os.pathsep.join(path), "LANG": "C.UTF-8"}
        for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", CHILD, *map(str, limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            pass_fds=files,
        )
        if self._within(START_SECONDS, self._answer) is None:
            self._end()
            raise UserError(
                self.env._("The server cannot read PDFs now: please try again later.")
            )

    def _end(self):
        process, self.process = self.process, None
        if process:
            process.kill()
            process.wait()
            process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()

    def _words(self, problem):
        env = self.env
        return {
            "password": env._("The PDF has a password."),
            "empty": env._("The PDF has no pages."),
            "damaged": env._("The PDF is damaged."),
            "picture": env._("The picture is damaged."),
            "pixels": env._(
                "The picture has more than %(most)s million pixels: it is in the pack "
                "as a file only.",
                most=MOST_PIXELS // 10**6,
            ),
            "pages": env._(
                "The PDF has more than %(most)s pages, or too many levels of them: it "
                "is in the pack as a file only.",
                most=MOST_PAGES,
            ),
        }.get(
            problem,
            env._(
                "The file cannot be read within %(seconds)s seconds and %(memory)s MB "
                "of memory: it is in the pack as a file only.",
                seconds=SECONDS,
                memory=MEMORY // 1024**2,
            ),
        )


def send(stream, values):
    """Write a message: its size, and its contents as JSON."""
    text = json.dumps(values).encode()
    stream.write(struct.pack(">I", len(text)) + text)


def receive(stream):
    """Read a message.

    :raise EOFError: if the other side ended
    """
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError
    return json.loads(stream.read(struct.unpack(">I", head)[0]))
