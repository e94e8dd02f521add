"""A notice with many copies to be drawn: in parts, and after all others."""

import time
from unittest.mock import patch

from ...models.delivery.ar_copies import InvoiceCopies
from .sending_common import SendingCommon


class TestSendingLarge(SendingCommon):
    """41 invoices without a PDF; drawing one of them takes seconds."""

    def setUp(self):
        super().setUp()
        self._step("business_gentle").attach_invoices = True
        for number in range(41):
            self._invoice(self.customer, 1000 + number, 10)
        self.small = self._customer("Small")
        self._invoice(self.small, 90, 10)
        self._plan(None, self.customer, self.small)
        self.notice = self._notices(self.customer, "ready")
        self.drawn = []
        case = self

        def draw(_debtor, move):
            case.drawn.append(move.id)
            return f"{move.name.replace('/', '_')}.pdf", b"%PDF-1.4 of an invoice"

        for name, with_what in (
            ("original", draw),
            ("_cover_page", lambda _debtor, _move: b"cover"),
        ):
            patcher = patch.object(InvoiceCopies, name, with_what)
            patcher.start()
            self.addCleanup(patcher.stop)
        patcher = patch(
            "odoo.addons.ar_followup_plus.models.delivery.ar_copies.put_in_front",
            lambda _pdfs, _cover, content: content,
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def _run_out_of_time(self):
        """Deliver with time for one batch and one part only."""
        counts, more = self.env["ar.notice"]._deliver(until=time.monotonic())
        self.env.flush_all()
        return counts, more

    def test_in_parts_after_the_others(self):
        counts, more = self._run_out_of_time()
        self.assertEqual((counts["sent"], more), (1, True), "the small one has left")
        self.assertTrue(self._mails(self.small))
        self.assertEqual(len(self.drawn), 1)
        for parts in range(1, 5):
            self.assertEqual(self._run_out_of_time()[1], True)
            self.assertEqual(len(self.drawn), 1 + 10 * parts, "what is drawn is kept")
            self.assertEqual(self.notice.state, "ready")
        self.assertEqual(self._deliver()["sent"], 1)
        self.assertEqual(sorted(self.drawn), sorted(set(self.drawn)), "drawn once")
        self.assertEqual(len(self.drawn), 42)
        self.assertEqual(self.notice.state, "sent")
        self.assertEqual(len(self.notice.copies_id.numbers.split(", ")), 41)
        self.assertFalse(self.notice._parts())

    def test_all_in_one_run(self):
        self.assertEqual(self._deliver()["sent"], 2)
        self.assertEqual(len(self.drawn), 42)

    def test_parts_of_another_day_are_drawn_anew(self):
        self._run_out_of_time()
        self._run_out_of_time()
        parts = self.notice._parts()
        self.assertEqual(len(parts), 10)
        parts.description = f"2020-01-01 {self.drawn[-1]}"
        self.assertEqual(len(self.notice.sudo()._undrawn()), 41)
        self._run_out_of_time()
        self.assertFalse(parts.exists())
        self.assertEqual(len(self.notice._parts()), 10)

    def test_forgotten_parts_are_deleted(self):
        self._run_out_of_time()
        self._run_out_of_time()
        parts = self.notice._parts()
        self.env["ar.notice"]._gc_parts()
        self.assertEqual(self.notice._parts(), parts)
        parts.description = f"{self._ago(3)} {self.drawn[-1]}"
        self.env["ar.notice"]._gc_parts()
        self.assertFalse(self.notice._parts())
