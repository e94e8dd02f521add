"""``script/screenshots [NAME...]``: pictures of what people see.

They go into ``static/description`` of the addon, optimised, for its README and the
app store. Names choose some of them. Set `AR_DB` to work on a database that is kept
from run to run.
"""

import argparse
import contextlib
import os

from . import cache
from .console import say
from .serving import run_inside, start_mail_server, start_odoo
from .workspace import fresh, open_workspace, up_to_date

PICTURES = cache.ADDON / "static" / "description"


def main(arguments):
    parser = argparse.ArgumentParser("script/screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these pictures")
    parser.add_argument("--into", default=PICTURES, help="another folder for them")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        database = stack.enter_context(space.scratch("screenshots"))
        kept = os.environ.get("AR_DB")
        if kept:
            stack.enter_context(cache.lock(f"database-{kept}"))
            database = kept
            up_to_date(space, database)
        else:
            fresh(space, database)
        mails = space.data_dir / "runs" / f"mails-{database}"
        smtp_port = start_mail_server(stack, space, mails)
        _server, url, config = start_odoo(stack, space, database, smtp_port)
        say("Working through a night and a morning")
        run_inside(space, "inside_screens", database, config, smtp_port, url)
        say("Taking pictures")
        names = ",".join(options.names)
        run_inside(space, "inside_pictures", database, config, url, options.into, names)
    return 0
