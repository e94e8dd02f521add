"""``script/demo [--no-serve] [--fresh]``: the whole thing, to look at.

Does the night's work on demonstration customers, prints what was decided for
each and why, and serves Odoo. Its mail goes to a server of our own.
"""

import argparse
import contextlib
from email import message_from_bytes, policy

from . import cache
from .console import say
from .serving import run_inside, start_mail_server, start_odoo
from .workspace import open_workspace, up_to_date

DATABASE = "ar_demo"


def main(arguments):
    parser = argparse.ArgumentParser("script/demo", description=__doc__)
    parser.add_argument("--no-serve", action="store_true", help="stop after the table")
    parser.add_argument(
        "--fresh", action="store_true", help="start with a new database"
    )
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        stack.enter_context(cache.lock(f"database-{DATABASE}"))
        mails = space.cache / "demo-mails"
        if options.fresh:
            space.drop_databases(DATABASE)
            for path in mails.glob("*.eml"):
                path.unlink()
        up_to_date(space, DATABASE)
        seen = set(mails.glob("*.eml"))
        smtp_port = start_mail_server(stack, space, mails)
        server, url, config = start_odoo(stack, space, DATABASE, smtp_port)
        say("Running the scheduled actions")
        run_inside(space, "inside_demo", DATABASE, config, smtp_port, url)
        _list_mails(mails, seen)
        if options.no_serve:
            return 0
        print(f"\nOdoo:   {url}/odoo   login: admin   password: admin")
        print("        or demo.collector, demo.manager, demo.accountant: the password")
        print("        is the login. The app is Receivables.")
        print("Ctrl-C stops it.", flush=True)
        return server.wait()


def _list_mails(folder, seen):
    new = sorted(set(folder.glob("*.eml")) - seen)
    print(f"\n{len(new)} e-mails were sent in this run; all are in {folder}")
    for path in new:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        print(f"  {path.name}  {mail['To'] or mail['X-Sent-To']}  {mail['Subject']}")
