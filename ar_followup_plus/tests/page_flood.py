"""Many visitors of the customers' pages at once, on a real server.

Used by test_page_flood.py in short, and by ``script/chaos``.
"""

import contextlib
import re
import shutil
import threading
import time
import uuid
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path

import requests

from .server import Server, wait_until

#: What a page may answer to many at once: done, refused in words, or come back later.
FINE = (200, 429, 503)
#: Seconds within which a page answers, however slow the mail server is.
SOON = 7


class Flood(AssertionError):
    """A page answered with an error, lost something, or did it twice."""


class Visitors:
    """Customers with links, and a server of their own.

    :param db: a ``Database``, in which notices were sent
    :param sink: a ``Sink``, its mail server
    :param debtors: ids of customers with a notice that was sent
    :param options: of the server
    """

    def __init__(self, db, sink, debtors, **options):
        self.db, self.sink = db, sink
        self.counts = Counter()
        self.links = dict(
            db.sql(
                """SELECT debtor_id, min(access_token) FROM ar_notice
                    WHERE debtor_id = ANY(%s) AND state = 'sent'
                      AND access_token IS NOT NULL GROUP BY 1""",
                list(debtors),
            )
        )
        if not self.links:
            raise Flood("Nobody has a link.")
        db.sql("UPDATE ir_cron SET active = FALSE")
        self.server = Server(db.name, **{"db_maxconn": 32, **options})
        self.server.start()

    def close(self):
        """End the server."""
        self.server.close()

    def url(self, debtor, suffix=""):
        """Return the address of a part of the page of a customer."""
        token = self.links[debtor]
        return f"http://127.0.0.1:{self.server.port}/receivables/n/{token}{suffix}"

    def _all(self, works):
        """Run functions at once; return what they returned."""
        answers, start = [None] * len(works), threading.Barrier(len(works))

        def run(number, work):
            start.wait()
            try:
                answers[number] = work()
            except requests.RequestException as error:
                answers[number] = error

        threads = [
            threading.Thread(target=run, args=pair, daemon=True)
            for pair in enumerate(works)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def _check(self, answer, *fine):
        """Raise where an answer is not one of these, or is not in words."""
        if isinstance(answer, Exception):
            raise Flood(repr(answer))
        if answer.status_code not in (fine or FINE):
            raise Flood(f"{answer.status_code} {answer.url}: {answer.text[:500]}")
        if answer.status_code in (429, 503):
            if not answer.headers.get("Retry-After") or "<h1" not in answer.text:
                raise Flood(f"Not in words: {answer.text[:500]}")
        self.counts[f"page answered {answer.status_code}"] += 1
        return answer

    def _visit(self, debtor):
        """Return a browser on the page of a customer, and its CSRF token."""
        browser = requests.Session()
        for _time in range(20):
            page = self._check(browser.get(self.url(debtor), timeout=120))
            if page.status_code == 200:
                token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
                return browser, token.group(1)
        raise Flood("The page is always busy.")

    # === WHAT HAPPENS === #

    def pages(self, count=200):
        """Let so many people open their page at once."""
        debtors = list(self.links)
        token, served = self.links, 0
        with contextlib.ExitStack() as stack:
            browsers = []
            for number in range(count):
                browser = HTTPConnection("127.0.0.1", self.server.port, timeout=240)
                stack.callback(browser.close)
                place = token[debtors[number % len(debtors)]]
                browser.request("GET", f"/receivables/n/{place}")
                browsers.append(browser)
            # All have asked before the first one reads
            for browser in browsers:
                answer = browser.getresponse()
                text = answer.read().decode()
                if answer.status not in (200, 503):
                    raise Flood(f"{answer.status}: {text[:500]}")
                if answer.status == 503 and not answer.getheader("Retry-After"):
                    raise Flood(f"Not in words: {text[:500]}")
                self.counts[f"page answered {answer.status}"] += 1
                served += answer.status == 200
        if not served:
            raise Flood("Nobody was served.")

    def messages(self, count=60, people=4):
        """Let so many messages be sent at once by some customers."""
        debtors = list(self.links)[:people]
        works, texts = [], []
        for number in range(count):
            debtor = debtors[number % len(debtors)]
            browser, token = self._visit(debtor)
            text = f"Message {uuid.uuid4()}"
            texts.append(text)
            works.append(
                lambda b=browser, d=debtor, t=token, text=text: b.post(
                    self.url(d, "/message"),
                    data={"csrf_token": t, "message": text},
                    timeout=180,
                )
            )
        for text, answer in zip(texts, self._all(works), strict=True):
            self._check(answer)
            [(kept,)] = self.db.sql(
                "SELECT count(*) FROM mail_message WHERE model = 'ar.debtor' "
                "AND body LIKE %s",
                f"%{text}%",
            )
            # The page to which it leads may be busy in its turn
            places = [step.headers.get("Location", "") for step in answer.history]
            arrived = any("said=thanks" in place for place in places)
            if kept != arrived or not (arrived or text in answer.text):
                raise Flood(f"{kept} kept of {text}: {answer.text[:500]}")
            self.counts["messages kept" if kept else "messages given back"] += 1

    def clicks(self, provider, method, count=4):
        """Click on Pay so often at once; no click is lost, and none takes another's
        reference.
        """
        debtor = next(iter(self.links))
        browser, _token = self._visit(debtor)
        [(move, amount)] = self.db.sql(
            """SELECT nl.move_id, m.amount_residual::float FROM ar_notice n
                 JOIN ar_notice_line nl ON nl.notice_id = n.id
                 JOIN account_move m ON m.id = nl.move_id
                WHERE n.access_token = %s ORDER BY 1 LIMIT 1""",
            self.links[debtor],
        )
        params = {
            "provider_id": provider,
            "payment_method_id": method,
            "token_id": None,
            "amount": amount,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/my",
            "is_validation": False,
            "csrf_token": "x",
        }
        works = [
            lambda: browser.post(
                self.url(debtor, f"/transaction/{move}"),
                json={"params": params},
                timeout=180,
            )
        ] * count
        drawn = []
        for answer in self._all(works):
            if isinstance(answer, Exception):
                raise Flood(repr(answer))
            said = answer.json()
            if answer.status_code != 200 or "result" not in said:
                raise Flood(f"{answer.status_code}: {answer.text[:500]}")
            drawn.append(said["result"]["reference"])
        kept = [
            row[0]
            for row in self.db.sql(
                """SELECT t.reference FROM payment_transaction t
                     JOIN account_invoice_transaction_rel r ON r.transaction_id = t.id
                    WHERE r.invoice_id = %s""",
                move,
            )
        ]
        if sorted(drawn) != sorted(set(kept)):
            raise Flood(f"{drawn} told, {kept} kept")
        self.counts["payments begun at once"] += count

    def filestore(self):
        """Answer with a file while the filestore cannot be written, then again."""
        debtor = next(iter(self.links))
        browser, _token = self._visit(debtor)
        form = self._check(browser.get(self.url(debtor, "/answer/paid"), timeout=120))
        names = ("csrf_token", "once")
        values = {
            name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', form.text).group(1)
            for name in names
        }
        [(move, day)] = self.db.sql(
            """SELECT min(nl.move_id), min(n.date)::text FROM ar_notice n
                 JOIN ar_notice_line nl ON nl.notice_id = n.id
                WHERE n.access_token = %s""",
            self.links[debtor],
        )
        values.update(i=move, paid_on=day, paid_way="transfer")
        content = b"%PDF-1.4 " + uuid.uuid4().hex.encode()

        def send():
            return browser.post(
                self.url(debtor, "/answer/paid/send"),
                data=values,
                files=[("file", ("proof.pdf", content, "application/pdf"))],
                timeout=120,
            )

        def kept():
            return self.db.sql(
                "SELECT count(*) FROM ar_answer WHERE once = %s", values["once"]
            )[0][0]

        store = Path(self.server.data_dir) / "filestore" / self.db.name
        aside = store.with_name(f"{store.name}_aside")
        # A file in its place: nobody can write into that, root neither
        if store.exists():
            store.rename(aside)
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_bytes(b"")
        try:
            self._check(send(), 503)
            if kept():
                raise Flood("It was kept, and the customer was told it was not.")
        finally:
            store.unlink()
            if aside.exists():
                aside.rename(store)
        for _time in range(2):
            self._check(send(), 200)
            if kept() != 1:
                raise Flood(f"Kept {kept()} times.")
        shutil.rmtree(aside, ignore_errors=True)

    def mail(self, mode, seconds=8):
        """Ask for a code while the mail server is slow, refuses or drops.

        :param str mode: of smtp_sink.py
        """
        debtor = list(self.links)[-1]
        [(address,)] = self.db.sql(
            """SELECT p.email_normalized FROM ar_debtor d
                 JOIN res_partner p ON p.id = d.partner_id WHERE d.id = %s""",
            debtor,
        )
        self.sink.clear()
        self.sink.rules((address, mode, {"seconds": seconds}))
        self.db.sql("DELETE FROM ar_page_visit WHERE debtor_id = %s", debtor)
        [(last,)] = self.db.sql("SELECT COALESCE(max(id), 0) FROM mail_mail")
        self.db.sql(
            """UPDATE ir_cron SET active = TRUE WHERE id = (
                   SELECT res_id FROM ir_model_data WHERE module = 'mail'
                      AND name = 'ir_cron_mail_scheduler_action')"""
        )
        browser, token = self._visit(debtor)
        begin = time.monotonic()
        answer = browser.post(
            self.url(debtor, "/code"), data={"csrf_token": token}, timeout=120
        )
        took = time.monotonic() - begin
        self._check(answer, 200)
        if took > SOON:
            raise Flood(f"The page took {took:.1f} s for the mail server.")

        def state():
            rows = self.db.sql("SELECT state FROM mail_mail WHERE id > %s", last)
            if len(rows) != 1:
                raise Flood(f"{len(rows)} mails")
            return rows[0][0] if rows[0][0] != "outgoing" else None

        found = wait_until(state)
        got = self.sink.inboxes(address).get(address, 0)
        wanted = {"stall": ("sent", 1), "refuse_data": ("exception", 0)}
        if (found, got) != wanted.get(mode, ("exception", 1)):
            raise Flood(f"{mode}: {found}, {got} arrived")
        page = self._check(
            browser.get(self.url(debtor, "?said=sent"), timeout=120), 200
        )
        if ("could not be sent" in page.text) != (found == "exception"):
            raise Flood(f"{mode}: the page says something else.")
        self.sink.rules()
        self.counts[f"code mails, {mode}"] += 1
