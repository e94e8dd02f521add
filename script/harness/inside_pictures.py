"""Takes a picture of each screen, and of letters. Runs inside Odoo, beside a server.

``python -m harness.inside_pictures CONFIG URL FOLDER NAME,NAME``
"""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from harness.browser import browser
from harness.console import Stop
from harness.screens import DESK, screens

#: What an app store and a README take.
MOST_BYTES = 200_000
#: Now and then a new browser stays blank from its first page on; another does not.
MOST_BROWSERS = 3
QUIET = (
    "!document.querySelector('.o_loading_indicator,.o_view_sample_data .o_spinner')"
    " && [...document.images].every(i => i.complete)"
)
#: Nothing moves, and no cursor blinks.
STILL = """(() => {
    const style = document.createElement("style");
    style.textContent = "*{transition:none!important;animation:none!important;"
        + "caret-color:transparent!important} .o_main_navbar .o_debug_manager,"
        + ".o_notification_manager,.o-mail-DiscussSystray-class{display:none!important}";
    document.head.append(style);
})()"""


def log_in(tab, url, login):
    tab.call("Network.clearBrowserCookies")
    tab.open(f"{url}/web/login", DESK)
    params = {"db": odoo.tools.config["db_name"][0], "login": login, "password": login}
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
    answer = tab.run(
        "fetch('/web/session/authenticate', {method: 'POST', body: "
        f"{json.dumps(body)}, headers: {{'Content-Type': 'application/json'}}}})"
        ".then(r => r.json()).then(r => r.result && r.result.uid)"
    )
    if not answer:
        raise RuntimeError(f"{login} cannot log in")


def take(tab, url, screen):
    if screen.companies:
        tab.call("Network.setCookie", name="cids", value=screen.companies, url=url)
    tab.open(url * screen.path.startswith("/") + screen.path, screen.size)
    tab.wait(f"document.querySelector({json.dumps(screen.ready)})")
    tab.run(STILL)
    tab.wait(QUIET)
    for step in screen.clicks:
        time.sleep(0.3)
        if step.startswith("wait "):
            tab.wait(f"document.querySelector({json.dumps(step[5:])})")
        elif step.startswith("run "):
            tab.run(step[4:])
        else:
            tab.click(step)
        tab.wait(QUIET)
    time.sleep(1.5)  # charts grow
    tab.wait(QUIET)
    return Image.open(io.BytesIO(tab.picture(screen.whole)))


def draw_pdf(content):
    """Return the first page of a PDF as a picture."""
    command = ["pdftoppm", "-png", "-r", "90", "-f", "1", "-l", "1", "-"]
    done = subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True)
    return Image.open(io.BytesIO(done.stdout))


def keep(image, path):
    """Write a picture as small as it gets."""
    image = image.convert("RGB")
    for colours in (256, 128, 64, 32):
        small = image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=0)
        small.save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            print(f"  {path.name}: {path.stat().st_size // 1000} kB", flush=True)
            return
    raise RuntimeError(f"{path.name} is too large")


def take_all(pages, url, folder):
    """Take pictures with one browser; return the pages left when it shows no more."""
    login, left = None, list(pages)
    with browser() as tab:
        try:
            while left:
                page = left[0]
                if page.login != login:
                    login = page.login
                    if login:
                        log_in(tab, url, login)
                    else:
                        tab.call("Network.clearBrowserCookies")
                keep(take(tab, url, page), folder / f"{page.name}.png")
                left.pop(0)
        except Stop as error:
            print(f"  {left[0].name}: {error}", flush=True)
    return left


def main(config, url, folder, names):
    odoo.tools.config.parse_config(
        ["-c", config, "--no-http", "--logfile", os.environ["AR_LOG"]],
        setup_logging=True,
    )
    wanted = set(filter(None, names.split(",")))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        pages, documents = screens(env)
        # Built now, a browser does not wait for them in vain
        env["ir.qweb"]._pregenerate_assets_bundles()
        cr.commit()  # and links that were made for the pictures
        known = {page.name for page in pages} | set(documents)
        if wanted - known:
            raise SystemExit(f"Choose among: {', '.join(sorted(known))}")
        for name, make in documents.items():
            if not wanted or name in wanted:
                keep(draw_pdf(make()), folder / f"{name}.png")
        cr.rollback()
    pages = [page for page in pages if not wanted or page.name in wanted]
    for _number in range(MOST_BROWSERS):
        pages = pages and take_all(pages, url, folder)
    if pages:
        raise SystemExit(f"No picture of {pages[0].name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
