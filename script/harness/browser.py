"""A browser without a window, told what to do through its own protocol."""

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

from . import process
from .console import Stop
from .tools import BROWSERS

PATIENCE = 60


@contextlib.contextmanager
def browser():
    """A tab of a new browser, closed in the end with all that it kept."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    folder = tempfile.mkdtemp()
    command = [
        program,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--font-render-hinting=none",
        "--lang=en-US",
        "--remote-debugging-port=0",
        "--remote-allow-origins=*",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        with process.child(command, **quiet):
            yield Tab(_address(Path(folder) / "DevToolsActivePort"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _address(path):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().strip():
            port = path.read_text().split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                pages = [one for one in json.load(answer) if one["type"] == "page"]
            if pages:
                return pages[0]["webSocketDebuggerUrl"]
        time.sleep(0.1)
    raise Stop("The browser did not start.")


class Tab:
    """One page of the browser."""

    def __init__(self, address):
        self.socket = websocket.create_connection(
            address, timeout=PATIENCE, suppress_origin=True
        )
        self.count = 0
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        """Call a method of the protocol; return its result."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "Page.javascriptDialogOpening":
                self.socket.send(
                    json.dumps(
                        {
                            "id": 0,
                            "method": "Page.handleJavaScriptDialog",
                            "params": {"accept": True},
                        }
                    )
                )
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise Stop(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def run(self, code):
        """Run JavaScript in the page; return its value."""
        result = self.call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise Stop(f"{code}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, code):
        """Wait until JavaScript is true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(Stop):  # the page is being exchanged
                if self.run(f"Boolean({code})"):
                    return
            time.sleep(0.1)
        seen = self.run("`${location.href}: ${document.body?.innerText.slice(-800)}`")
        raise Stop(f"Waited in vain for {code} at {seen}")

    def open(self, url, size):
        """Open an address in a window of a size, and wait until it is there."""
        width, height = size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if width < 500 else 1,
            mobile=width < 500,
        )
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'")
        self.call("Page.navigate", url=url)
        self.wait("location.href !== 'about:blank' && document.readyState=='complete'")

    def click(self, text, within="button,a,label,.o_data_cell"):
        """Click what says a text, or is found by a selector that begins with a dot."""
        if text.startswith((".", "#", "[")):
            found = f"document.querySelector({json.dumps(text)})"
        else:
            found = (
                f"[...document.querySelectorAll({json.dumps(within)})].find(e =>"
                f" e.offsetParent && e.textContent.trim() === {json.dumps(text)})"
            )
        self.wait(found)
        self.run(f"{found}.click()")

    def picture(self, whole=False):
        """Return what is seen as PNG; `whole` with what one scrolls to."""
        options = {}
        if whole:
            width, height = self.run(
                "[document.documentElement.clientWidth,"
                " document.documentElement.scrollHeight]"
            )
            options["clip"] = {
                "x": 0, "y": 0, "width": width, "height": height, "scale": 1,
            }  # fmt: skip
            options["captureBeyondViewport"] = True
        answer = self.call("Page.captureScreenshot", format="png", **options)
        return base64.b64decode(answer["data"])
