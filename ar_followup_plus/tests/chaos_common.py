"""Faults at random moments, and what has to be true after each of them.

Used by test_chaos.py in short, and by ``script/chaos`` at length.
"""

import base64
import contextlib
import hashlib
import shutil
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from .child import Database, Sink
from .evidence import poison
from .page_flood import Visitors

#: More rounds than this until all is done: nothing goes forward any more.
MOST_ROUNDS = 40
#: Minutes after which what may have been sent is shown to a person; see STUCK_MINUTES.
STUCK = 16
#: Minutes after which what failed for sure is tried again; see RETRY_MINUTES.
RETRY = 31
#: Random books in one process.
ORACLE_SEEDS = 10
#: What a process may say whose connection was cut.
CUT = ("InterfaceError", "OperationalError", "AdminShutdown", "DatabaseError")


class Broken(AssertionError):
    """Something that must always be true was not."""


class Chaos:
    """A ledger, processes that plan and deliver, a mail server, and their faults.

    :param rng: a ``random.Random``
    :param int count: of customers
    :param kept: the name of a database with the ledger, of another one of these
    """

    def __init__(self, rng, count, kept=None):
        self.rng = rng
        self.counts = Counter()
        self.db = Database()
        self.sink = Sink()
        self.kept = kept
        if kept:
            self.db.restore(kept)
        self.nursery = self.db.worker()
        if not kept:
            self.nursery.call("set_up", port=self.sink.port)
            self.nursery.call("make_crowd", count=count)
            self.nursery.call("nursery.release")
            self.db.keep()
            self.kept = f"{self.db.name}_kept"
        self._calm()

    def close(self):
        """End all processes; drop the databases."""
        self.db.drop()
        self.sink.close()

    def _calm(self):
        """Find out what is written to whom when nothing goes wrong, and how fast."""
        self._begin()
        [(self.before,)] = self.db.sql("SELECT COALESCE(max(id), 0) FROM ar_notice")
        begin = time.monotonic()
        self._work("night")
        self.seconds = time.monotonic() - begin
        self.wanted = self._notices()
        self.lines = self._said()
        self.addresses = dict(
            self.db.sql(
                """SELECT d.id, p.email_normalized FROM ar_debtor d
                     JOIN res_partner p ON p.id = d.partner_id
                    WHERE d.stop_reason IS NULL"""
            )
        )
        bad = [row for row in self.wanted.values() if row[1:3] != ("sent", False)]
        if bad or len(self.wanted) < 10:
            raise Broken(f"Without any fault: {bad or len(self.wanted)}")

    def _begin(self, timeout=10):
        """Begin a round with the ledger in which nothing was sent yet."""
        self.nursery.call("nursery.release")
        self.db.restore(self.kept)
        self.sink.rules()
        self.sink.clear()
        self.nursery.call("short_timeouts", seconds=timeout)
        self.db.sql(
            "UPDATE ir_mail_server SET smtp_port = %s WHERE active", self.sink.port
        )
        self.nursery.call("nursery.release")
        self.alone = set()

    def _work(self, task="night", processes=1, **arguments):
        """Run a task in some processes; return their results."""
        pids = [self.nursery.fork(task, **arguments) for _n in range(processes)]
        answers = [self.nursery.wait(pid) for pid in pids]
        for answer in answers:
            if "result" not in answer:
                raise Broken(f"{task}: {answer}")
        return [answer["result"] for answer in answers]

    def oracle(self, seeds):
        """Compare random books with a second reading of the ledger; no fault at all."""
        self._begin()
        first = self.rng.randrange(10**6)
        for start in range(first, first + seeds, ORACLE_SEEDS):
            last = min(start + ORACLE_SEEDS, first + seeds)
            [found] = self._work("oracle", seeds=list(range(start, last)))
            wrong = [text for text in found.values() if isinstance(text, str)]
            if wrong:
                raise Broken("\n".join(wrong))
        self.counts["books read a second time"] += seeds

    # === WHAT THERE IS === #

    def _notices(self):
        """Return ``{debtor id: (number of notices, state, may have been sent, …)}``.

        Those that were cancelled are none.
        """
        return {
            row[0]: tuple(row[1:])
            for row in self.db.sql(
                """SELECT n.debtor_id, count(*), min(n.state),
                          bool_or(COALESCE(n.maybe_sent, FALSE)),
                          bool_or(COALESCE(n.can_retry, FALSE)),
                          min(n.failure_reason)
                     FROM ar_notice n
                    WHERE n.state <> 'cancelled' AND n.id > %s GROUP BY 1""",
                self.before,
            )
        }

    def _said(self):
        """Return what notices list: ``{debtor id: [(step, item, role, amount)]}``."""
        said = {}
        for debtor, *line in self.db.sql(
            """SELECT n.debtor_id, n.step_id, n.channel, nl.move_line_id, nl.role,
                      nl.amount::text
                 FROM ar_notice n JOIN ar_notice_line nl ON nl.notice_id = n.id
                WHERE n.state <> 'cancelled' AND n.id > %s ORDER BY 1, 2, 3, 4, 5""",
            self.before,
        ):
            said.setdefault(debtor, []).append(tuple(line))
        return said

    def _age(self, minutes):
        self.db.sql(
            "UPDATE ar_notice SET state_at = state_at - make_interval(mins => %s) "
            "WHERE state IN ('ready', 'sending', 'failed')",
            minutes,
        )

    def _leave_some_alone(self):
        """Let some to whom nothing was sent yet pay, be stopped, or be excluded."""
        taken = {
            row[0]
            for row in self.db.sql(
                "SELECT debtor_id FROM ar_notice WHERE state IN ('sending', 'sent')"
            )
        }
        got = self.sink.inboxes()
        left = [
            debtor
            for debtor in self.wanted
            if debtor not in taken | self.alone and not got.get(self.addresses[debtor])
        ]
        for sort in ("Paid", "Stopped", "Excluded"):
            some = self.rng.sample(left, min(3, len(left)))
            left = [debtor for debtor in left if debtor not in some]
            if some:
                self.nursery.call("leave_alone", debtors=some, sort=sort)
                self.alone.update(some)
                self.counts[f"{sort.lower()} meanwhile"] += len(some)

    # === WHAT HAS TO BE TRUE === #

    def check(self, unsure=0, failed=()):
        """Raise if a message is missing, was sent twice, or to somebody left alone.

        :param int unsure: so many may wait for a person who decides
        :param failed: debtors whose notice may not have left, or True: any
        """
        self._work("everything")
        self._age(STUCK)
        self._work("everything")
        self._age(600)
        self._work("everything")
        notices, inboxes, said = self._notices(), self.sink.inboxes(), self._said()
        told = {
            row[0]
            for row in self.db.sql(
                "SELECT res_id FROM mail_activity WHERE res_model = 'ar.debtor'"
            )
        }
        problems, waiting = [], 0
        for debtor in self.wanted:
            if debtor in self.alone:
                continue
            count = inboxes.pop(self.addresses[debtor], 0)
            found = notices.pop(debtor, (0, None, False, False, None))
            number, state, maybe_sent = found[:3]
            is_right = number == 1 and said[debtor] == self.lines[debtor]
            if state == "failed" and maybe_sent:
                waiting += 1
                is_right = is_right and count <= 1 and debtor in told
            elif state == "failed" and (failed is True or debtor in failed):
                is_right = is_right and count == 0 and debtor in told
                self.counts["refused or broken, told to a person"] += 1
            else:
                is_right = is_right and state == "sent" and count == 1
                self.counts["sent once"] += 1
            if not is_right:
                problems.append((debtor, found, count, said.get(debtor)))
        # Of the others none was written to
        for debtor, row in notices.items():
            if row[1] in ("sent", "sending", "failed"):
                problems.append((debtor, row, "left alone"))
        problems += list(inboxes.items())
        if waiting > unsure:
            problems.append(f"{waiting} may have been sent, {unsure} can be")
        self.counts["may have been sent, waits for a person"] += waiting
        if problems:
            raise Broken(problems)

    # === FAULTS === #

    def kills(self, processes=None, most=3):
        """Kill the processes at random moments, start them again until all is done.

        :param int processes: at once; default: one to three
        :return: how many were killed
        """
        self._begin()
        processes = processes or self.rng.randint(1, 3)
        killed = 0
        for turn in range(MOST_ROUNDS):
            pids = [self.nursery.fork("night") for _n in range(processes)]
            if turn and (turn >= most or self.rng.random() < 0.5):
                answers = [self.nursery.wait(pid) for pid in pids]
                if any("error" in answer for answer in answers):
                    raise Broken(answers)
                break
            begin, longest = time.monotonic(), self.seconds
            moments = sorted(self.rng.uniform(0, longest) for _pid in pids)
            for pid, moment in zip(pids, moments, strict=True):
                time.sleep(max(begin + moment - time.monotonic(), 0))
                answer = self.nursery.kill_fork(pid)
                if "error" in answer:
                    raise Broken(answer)
                killed += "killed" in answer
            self._leave_some_alone()
        self.counts["killed"] += killed
        self.check(unsure=killed)
        return killed

    def crowd(self, processes=8):
        """Let many processes do the same at once."""
        self._begin()
        results = self._work("night", processes)
        sent = sum(counts["sent"] for _notices, counts in results)
        made = sum(notices for notices, _counts in results)
        if (made, sent) != (len(self.wanted), len(self.wanted)):
            raise Broken(results)
        self.check()

    def cuts(self, processes=2):
        """Cut all connections to the database in the middle, some times."""
        self._begin()
        cuts = 0
        for turn in range(MOST_ROUNDS):
            pids = [self.nursery.fork("night") for _n in range(processes)]
            if turn < 2:
                # Early, for on a quiet machine all is soon done
                time.sleep(self.rng.uniform(0.05, self.seconds / 2))
                cuts += self.db.cut()
            answers = [self.nursery.wait(pid) for pid in pids]
            for answer in answers:
                if not any(name in answer.get("error", CUT[0]) for name in CUT):
                    raise Broken(answer)
            if turn >= 2 and all("result" in answer for answer in answers):
                break
        self.counts["connections cut"] += cuts
        self.check(unsure=cuts)

    def flaky(self, share=0.3, processes=2):
        """A server that drops, refuses, stalls, or says "later" for a share."""
        self._begin(timeout=1)
        self.sink.rules(("@", "flaky", {"share": share}))
        for _round in range(MOST_ROUNDS):
            self._work("night", processes)
            self._age(RETRY)
            if not self.db.sql(
                """SELECT 1 FROM ar_notice n JOIN ar_debtor d ON d.id = n.debtor_id
                    WHERE (n.state = 'ready' OR (n.state = 'failed' AND n.can_retry))
                      AND d.stop_reason IS NULL LIMIT 1"""
            ):
                break
        else:
            raise Broken("It never ends.")
        self.sink.rules()
        self.check(unsure=len(self.wanted), failed=True)

    def rotten(self):
        """A template that raises for one customer."""
        self._begin()
        debtor = self.rng.choice(
            [d for d, lines in self.lines.items() if lines[0][2] and len(lines) == 1]
        )
        [(template,)] = self.db.sql(
            """SELECT x.module || '.' || x.name FROM ar_ladder_step s
                 JOIN ir_model_data x ON x.model = 'mail.template'
                      AND x.res_id = s.mail_template_id
                WHERE s.id = %s""",
            self.lines[debtor][0][0],
        )
        self.nursery.call("break_template", template=template, debtor=debtor)
        [(_made, counts)] = self._work("night")
        if (counts["sent"], counts["failed"]) != (len(self.wanted) - 1, 1):
            raise Broken(counts)
        self.check(failed={debtor})
        if self._notices()[debtor][1] != "failed":
            raise Broken("The broken text was sent.")

    def no_pdf(self, missing, some=3):
        """Documents cannot be made: wkhtmltopdf is missing, or killed at work.

        :param int some: customers who get documents, and who get none
        """
        self._begin()
        early = [d for d in self.wanted if "Early" in self._name(d)][:some]
        late = [d for d in self.wanted if "Late" in self._name(d)][:some]
        others = [d for d in self.wanted if d not in early + late]
        self.nursery.call("leave_alone", debtors=others, sort="Stopped")
        self.alone.update(others)
        self.db.sql(
            "UPDATE ar_ladder_step SET attach_invoices = TRUE WHERE id = %s",
            self.lines[late[0]][0][0],
        )
        self._work("plan")
        with self._programs(missing) as programs:
            self._work("deliver_with", programs=programs)
        states = {debtor: self._notices()[debtor] for debtor in early + late}
        if any(states[debtor][1] != "sent" for debtor in early):
            raise Broken(states)
        for debtor in late:  # nothing left, and it will be tried again
            if states[debtor][1:4] != ("failed", False, True):
                raise Broken(states)
            if self.sink.messages(self.addresses[debtor]):
                raise Broken("It was sent without its documents.")
        self._age(RETRY)
        self.check()
        for debtor in late:
            [message] = self.sink.messages(self.addresses[debtor])
            kinds = [part.get_content_type() for part in message.walk()]
            if kinds.count("application/pdf") != 1:
                raise Broken(kinds)

    def _visitors(self):
        """Return the customers who got a notice, on a server of their own."""
        self._begin()
        self._work("night")
        self.nursery.call("nursery.release")
        return contextlib.closing(Visitors(self.db, self.sink, list(self.wanted)[:20]))

    def flood(self, pages=200, messages=60):
        """Many open their page at once, and many write at once."""
        with self._visitors() as visitors:
            visitors.pages(pages)
            visitors.messages(messages)
        self.counts.update(visitors.counts)

    def no_filestore(self):
        """Files cannot be written while a customer sends one."""
        with self._visitors() as visitors:
            visitors.filestore()
        self.counts.update(visitors.counts)

    def bad_mail(self, mode):
        """The mail server is slow, refuses, or breaks off, while codes are asked for.

        :param str mode: of smtp_sink.py
        """
        with self._visitors() as visitors:
            visitors.mail(mode)
        self.counts.update(visitors.counts)

    def poison(self, packs=4, kills=3):
        """Files that keep a server busy, in evidence packs whose makers are killed.

        :param int packs: of as many customers; the first one has the poison
        :param int kills: of processes that make them
        :return: how many were killed
        """
        self._begin()
        self._work("night")
        debtors = self.rng.sample(list(self.wanted), packs)
        files = {**poison.poisons(), "huge.png": poison.huge_picture()}
        dispute = self.nursery.call("open_dispute", debtor=debtors[0])
        for name, content in {**files, "good.pdf": poison.active_pdf()}.items():
            self.nursery.call(
                "keep_file",
                dispute=dispute,
                name=name,
                data=base64.b64encode(content).decode(),
            )
        for debtor in debtors:
            self.nursery.call("ask_for_evidence", debtor=debtor)
        self.nursery.call("nursery.release")
        killed = 0
        for _turn in range(kills):
            pid = self.nursery.fork("evidence")
            time.sleep(self.rng.uniform(0, 20))
            answer = self.nursery.kill_fork(pid)
            if "error" in answer:
                raise Broken(answer)
            killed += "killed" in answer
        self._work("evidence")
        states = self.db.sql("SELECT state, attempts FROM ar_evidence")
        if states != [("done", 0)] * packs:
            raise Broken(states)
        rows = self.db.sql(
            """SELECT name, state, COALESCE(pages, 0) > 0, sha256
                 FROM ar_evidence_file WHERE name = ANY(%s)""",
            [*files, "good.pdf"],
        )
        wanted = [
            (name, "done", False, hashlib.sha256(content).hexdigest())
            for name, content in files.items()
        ]
        found = sorted(row for row in rows if row[0] != "good.pdf")
        if found != sorted(wanted) or not any(row[2] for row in rows):
            raise Broken(rows)
        self.counts["packs made beside poison"] += packs
        self.check()
        return killed

    def _name(self, debtor):
        return self.db.sql(
            """SELECT p.name FROM ar_debtor d JOIN res_partner p ON p.id = d.partner_id
                WHERE d.id = %s""",
            debtor,
        )[0][0]

    @contextlib.contextmanager
    def _programs(self, missing):
        """A folder of programs: without wkhtmltopdf, or with one that is killed."""
        with tempfile.TemporaryDirectory() as folder:
            if not missing:
                real = shutil.which("wkhtmltopdf")
                program = Path(folder) / "wkhtmltopdf"
                program.write_text(
                    f'#!/bin/sh\n[ "$1" = --version ] && exec {real} --version\n'
                    "kill -9 $$\n",
                    encoding="utf-8",
                )
                program.chmod(0o755)
            yield folder

    # === ACCOUNTANTS === #

    def accountants(self, seconds=10, alone=False, people=2):
        """Two plan and deliver while accountants work on the invoices of the same.

        :param int people: how many; each has journals of their own, for two who post
            into one disturb each other in plain Odoo too
        :param bool alone: nobody plans: what accountants do to each other
        :return: dict: errors, longest wait for a lock in seconds, acts
        """
        self._begin()
        moves = self._moves()
        self.rng.shuffle(moves)
        books = self.nursery.call("open_books", count=people)
        self.nursery.call("only_accountants")
        with LockWatch(self.db) as watch:
            people = [
                self.nursery.fork(
                    "account", moves=moves[n::people], seconds=seconds, books=books[n]
                )
                for n in range(people)
            ]
            ours = [
                self.nursery.fork("work_for", seconds=seconds, anew=True)
                for _n in range(0 if alone else 2)
            ]
            results = [self.nursery.wait(pid) for pid in people]
            rounds = [self.nursery.wait(pid) for pid in ours]
        self.nursery.call("anybody_again")
        for answer in results + rounds:
            if "result" not in answer:
                raise Broken(answer)
        return {
            "errors": [error for answer in results for error in answer["result"][0]],
            "longest act": max(answer["result"][1] for answer in results),
            "longest wait": watch.longest,
            "acts": sum(answer["result"][2] for answer in results),
            "met": sum(answer["result"][3] for answer in results),
            "rounds": sum(answer["result"] for answer in rounds),
        }

    def _moves(self):
        return [
            row[0]
            for row in self.db.sql(
                """SELECT DISTINCT m.id FROM account_move m
                     JOIN res_partner p ON p.id = m.partner_id
                    WHERE m.move_type = 'out_invoice' AND m.state = 'posted'
                      AND m.payment_state = 'not_paid'
                      AND (p.name LIKE 'Late 0%%' OR p.name LIKE 'Twice 0%%')
                    ORDER BY 1"""
            )
        ]


class LockWatch:
    """Looks from outside how long accountants wait for locks."""

    def __init__(self, db):
        self.db = db
        self.longest = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.ended.set()
        self.thread.join()

    def _look(self):
        while not self.ended.wait(0.02):
            [(seconds,)] = self.db.sql(
                """SELECT COALESCE(max(extract(epoch
                              FROM clock_timestamp() - l.waitstart)), 0)::float
                     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                    WHERE NOT l.granted AND a.application_name = 'accountant'
                      AND a.datname = current_database()"""
            )
            self.longest = max(self.longest, seconds)
