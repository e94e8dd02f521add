"""The gate of our pages: limit of concurrent requests, headers, error pages.

Core takes a database connection before it knows which page is requested, and answers
with an error of its own if none is left. Our pages queue before that, and show a
readable error page without using the database.
"""

import json
import logging
import re
import threading
from functools import wraps

import psycopg2
from markupsafe import Markup
from psycopg2.pool import PoolError
from werkzeug.exceptions import HTTPException

from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.http import (
    Application,
    HTTPRequest,
    RegistryError,
    Request,
    Response,
    SessionExpiredException,
)
from odoo.tools import config
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
_logger = logging.getLogger(__name__)

#: The addresses of our pages, with an optional website language in front.
OURS = re.compile(r"(/[a-z]{2,3}(_[A-Za-z]{2,4})?)?(/my)?/receivables(/|$)")
#: Digits: no id has as many, and Python refuses to parse numbers of thousands.
LONG_NUMBER = re.compile(r"/[0-9]{11,}(?=[/.]|$)")
#: Most requests to our pages at once in a process, and up to a fourth of its database
#: connections: other pages need the rest.
MOST_AT_ONCE = 16
#: Seconds that a request queues before it is told to try again later.
TURN_SECONDS = 20
#: Seconds after which a browser may retry.
RETRY_SECONDS = 15
#: Headers of all our responses: addresses contain tokens and must not leak, and no
#: other site may frame a page.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Robots-Tag": "noindex, nofollow",
}

BUSY = _lt("Many people are here at this moment")
TROUBLE = _lt("This cannot be done at the moment")
NOT_DONE = _lt("Nothing was changed, and nothing was sent.")
NEXT = _lt(
    "Please try again in a minute. If it is urgent, reply to our message or call us."
)
KEPT = _lt("What you entered is kept: press the button.")
FILES = _lt("Go back in your browser to choose your files once more, and send again.")
AGAIN = _lt("Try again")

STAFF = _lt("You are logged in as a colleague")
STAFF_WHY = _lt(
    "This is how the customer sees the page. What customers do here, only they can do: "
    "nothing was changed. Log out to use a link that was sent to you as a customer."
)
NOTHING = _lt("There is nothing to see here")

_PAGE = Markup(
    """<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{title}</title><style>
body {{ font-family: Helvetica, Arial, sans-serif; color: #22292d; margin: 0 auto;
  max-width: 40em; padding: 2em 1em; line-height: 1.5; }}
h1 {{ font-size: 1.4em; }}
.button {{ display: inline-block; font: inherit; padding: .5em 1em; border: 0;
  border-radius: .3em; background: #1f5f79; color: #fff; text-decoration: none; }}
</style></head><body><h1>{title}</h1>{lines}{button}</body></html>"""
)
_LINE = Markup("<p>{}</p>")
_LINK = Markup('<p><a class="button" href="{}">{}</a></p>')
_FORM = Markup(
    '<form method="post" action="{}">{}<button class="button">{}</button></form>'
)
_FIELD = Markup('<input type="hidden" name="{}" value="{}"/>')


class Gate:
    """Limit the concurrent requests in a process; the others queue."""

    def __init__(self):
        self.lock = threading.Lock()
        self.places = None

    def enter(self):
        """Wait for a place; return whether there was one in time."""
        with self.lock:
            if self.places is None:  # the configuration is read by now
                most = max(min(MOST_AT_ONCE, config["db_maxconn"] // 4), 1)
                self.places = threading.BoundedSemaphore(most)
        return self.places.acquire(timeout=TURN_SECONDS)

    def leave(self):
        self.places.release()


GATE = Gate()


def serve(request, core):
    """Serve a request to one of our pages.

    :param core: core's function to serve it, without arguments
    :return: the response, with our headers
    """
    if LONG_NUMBER.search(request.httprequest.path):
        return in_words(request, 404, NOTHING, [])
    try:
        response = core()
    except (HTTPException, SessionExpiredException, AccessDenied) as error:
        _add_headers(getattr(error, "error_response", None))
        raise
    except (PoolError, psycopg2.OperationalError, RegistryError) as error:
        _logger.warning("No turn for %s: %s", request.httprequest.path, error)
        return busy(request)
    except Exception as error:
        if _is_script(request) and isinstance(error, UserError):
            _add_headers(getattr(error, "error_response", None))
            raise
        known = isinstance(error, (OSError, UserError)) and not isinstance(
            error, AccessError
        )
        _logger.exception("%s could not be served", request.httprequest.path)
        return in_words(request, 503 if known else 500, TROUBLE, _next(request), known)
    _add_headers(response)
    return response


def busy(request):
    """Return an error page: the server is busy, and nothing was done."""
    return in_words(request, 503, BUSY, _next(request), True)


def _next(request):
    """Return the advice on what to do next, depending on the request."""
    return [NOT_DONE, NEXT] if request.httprequest.method == "POST" else [NEXT]


def staff_refused(request):
    """Return an error page: colleagues may not act in the name of a customer."""
    return in_words(request, 403, STAFF, [STAFF_WHY])


def in_words(request, status, title, lines, again=False):
    """Return a page that needs no database, or an error that scripts show.

    :param bool again: offer to send the input again
    """
    lang = request.httprequest.cookies.get("frontend_lang") or request.best_lang or ""
    lang = lang if re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]{2,4})?", lang) else "en_US"
    title, *lines = (text._translate(lang) for text in (title, *lines))
    if _is_script(request):
        words = " ".join([title + ".", *lines])
        response = Response(json.dumps(_script_error(words)), status=status)
        response.headers["Content-Type"] = "application/json"
    else:
        lines = [_LINE.format(line) for line in lines]
        button = _again(request, lang) if again else ""
        content = _PAGE.format(
            lang=lang.replace("_", "-"),
            title=title,
            lines=Markup().join(lines),
            button=button,
        )
        response = Response(content, status=status)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    _add_headers(response)
    return response


def _again(request, lang):
    """Return a button that sends the same request again, with all its input."""
    asked = request.httprequest
    if asked.method != "POST":
        return _LINK.format(asked.full_path.rstrip("?"), AGAIN._translate(lang))
    if asked.files:
        return _LINE.format(FILES._translate(lang))
    typed = [_FIELD.format(*pair) for pair in asked.form.items(multi=True)]
    form = _FORM.format(
        asked.full_path.rstrip("?"), Markup().join(typed), AGAIN._translate(lang)
    )
    return _LINE.format(KEPT._translate(lang)) + form


def _is_script(request):
    return request.httprequest.mimetype in ("application/json", "application/json-rpc")


def _script_error(words):
    """Return a JSON-RPC error, which the browser's script shows."""
    name = "odoo.exceptions.UserError"
    data = {"name": name, "message": words, "arguments": [words], "context": {}}
    error = {"code": 0, "message": words, "data": {**data, "debug": ""}}
    return {"jsonrpc": "2.0", "id": None, "error": error}


def _add_headers(response):
    headers = getattr(response, "headers", None)
    if headers is not None:
        for name, value in HEADERS.items():
            headers[name] = value


def guard_border():
    """Route our pages through the gate. Core has no hook before it takes a connection.

    The gate comes before core looks up the database, which may take one too.
    """
    call, serve_db = Application.__call__, Request._serve_db
    if getattr(call, "ar_border", False):
        return

    @wraps(call)
    def __call__(self, environ, start_response):
        if not OURS.match(environ.get("PATH_INFO", "")):
            return call(self, environ, start_response)
        if not GATE.enter():
            with HTTPRequest(environ) as asked:
                return busy(Request(asked))(environ, start_response)
        try:
            return call(self, environ, start_response)
        finally:
            GATE.leave()

    @wraps(serve_db)
    def _serve_db(self):
        if OURS.match(self.httprequest.path):
            return serve(self, lambda: serve_db(self))
        return serve_db(self)

    __call__.ar_border = True
    Application.__call__ = __call__
    Request._serve_db = _serve_db
