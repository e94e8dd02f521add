"""The placeholders: figures, dates, people, and what comes next."""

from datetime import timedelta

from odoo.tools import html2plaintext, mute_logger

from .text_common import STAGES, TextCommon

NBSP = "\N{NO-BREAK SPACE}"


class TestTextValues(TextCommon):
    def _values(self, notice, lang="en_US", **context):
        self.env.flush_all()
        return notice.with_context(lang=lang, **context).text_values

    def _gentle(self, *invoices, **values):
        invoices = invoices or [self._invoice(self.customer, 1200, 8)]
        return self._notice("gentle", invoices, **values)

    # === FIGURES === #

    def test_digits_of_a_currency(self):
        for name, places, amount, expected in (
            ("JPY", 0, 123456, f"123,456{NBSP}JPY"),
            ("TND", 3, 1234.5, f"1,234.500{NBSP}TND"),
            ("EUR", 2, 1234.5, f"1,234.50{NBSP}EUR"),
        ):
            currency = self.setup_other_currency(name, rounding=10**-places)
            invoice = self._invoice(self.customer, amount, 8, currency)
            values = self._values(self._gentle(invoice))
            self.assertEqual(values["total_due"], expected)

    def test_the_companys_own_currency_has_its_sign(self):
        values = self._values(self._gentle())
        self.assertEqual(values["total_due"], f"${NBSP}1,200.00")

    def test_currencies_are_never_added(self):
        dollars = self._invoice(self.customer, 1200, 8)
        euros = self._invoice(self.customer, 300, 8, self.eur)
        values = self._values(self._gentle(dollars, euros))
        self.assertEqual(values["total_due"], f"1,200.00{NBSP}USD and 300.00{NBSP}EUR")
        self.assertTrue(values["several_currencies"])

    def test_totals_of_each_list(self):
        about, also, apart, agreed = (
            self._invoice(self.customer, amount, 20) for amount in (10, 20, 30, 40)
        )
        notice = self._notice(
            "firm", [about], also=[also], apart=[apart], agreed=[agreed]
        )
        values = self._values(notice)
        self.assertEqual(values["total_due"], f"${NBSP}10.00")
        self.assertEqual(values["total_demanded"], f"${NBSP}10.00")
        self.assertEqual(values["other_total"], f"${NBSP}20.00")
        self.assertEqual(values["disputed_total"], f"${NBSP}30.00")
        self.assertEqual(values["promised_total"], f"${NBSP}40.00")
        self.assertEqual(values["credits_total"], "")

    def test_dates_and_days(self):
        old = self._invoice(self.customer, 10, 20)
        new = self._invoice(self.customer, 10, 9)
        values = self._values(self._notice("firm", [old, new]))
        self.assertEqual(values["oldest_due_date"], "February 18, 2026")
        self.assertEqual(values["last_due_date"], "March 1, 2026")
        self.assertEqual(values["new_date"], "March 17, 2026")
        self.assertEqual(values["max_days_late"], 20)
        self.assertEqual(values["days_late_text"], "20 days")
        self.assertEqual(values["count"], 2)

    def test_one_day_late(self):
        values = self._values(self._gentle(self._invoice(self.customer, 10, 1)))
        self.assertEqual(values["days_late_text"], "1 day")

    def test_installments_are_one_invoice(self):
        terms = self._terms((50, 10), (50, 20))
        invoice = self._invoice(
            self.customer, 100, 30, term=0, invoice_payment_term_id=terms.id
        )
        values = self._values(self._gentle(invoice))
        self.assertEqual(values["count"], 1)
        self.assertFalse(values["several"])
        self.assertTrue(values["several_dates"])

    def test_days_are_those_of_the_day_it_was_sent(self):
        notice = self._gentle(self._invoice(self.customer, 10, 8))
        notice.write({"state": "sent", "sent_on": self.today - timedelta(days=3)})
        self.assertEqual(self._values(notice)["max_days_late"], 5)

    # === PEOPLE === #

    def test_a_person_is_greeted_by_name(self):
        self._person(self.customer, "Test Person")
        self.assertEqual(self._values(self._gentle())["greeting"], "Dear Test Person")

    def test_a_company_is_not_a_person(self):
        self.assertEqual(self._values(self._gentle())["greeting"], "Hello")

    def test_who_is_no_person(self):
        for name in ("First Customer", "first  customer", "info@example.com", False):
            person = self._person(self.customer, name)
            values = self._values(self._gentle())
            self.assertEqual(values["greeting"], "Hello", name)
            person.active = False

    def test_a_consumer_is_greeted_by_name(self):
        consumer = self._customer("Test Consumer", is_company=False)
        invoice = self._invoice(consumer, 10, 9)
        values = self._values(self._gentle(invoice))
        self.assertEqual(values["greeting"], "Dear Test Consumer")
        self.assertTrue(values["is_consumer"])

    def test_delivery_says_whom_it_writes_to(self):
        self._person(self.customer, "Test Person")
        chosen = self._person(self.customer, "Chosen Person", type="contact")
        notice = self._gentle()
        values = self._values(notice, ar_addressed={notice.id: chosen.id})
        self.assertEqual(values["greeting"], "Dear Chosen Person")

    def test_collector_of_the_customer_comes_first(self):
        values = self._values(self._gentle())
        self.assertEqual(values["collector_name"], "Test Collector")
        own = self.manager
        values = self._values(self._gentle(debtor={"user_id": own.id}))
        self.assertEqual(values["collector_name"], "Test Manager")
        self.assertEqual(values["collector_phone"], "+1 555 0102")

    def test_without_collector_the_company_signs(self):
        self.company.write({"ar_user_id": False, "ar_manager_id": False})
        values = self._values(self._gentle(debtor={"user_id": False}))
        self.assertEqual(values["collector_name"], "Sample Supplies")
        self.assertEqual(values["manager_name"], "Sample Supplies")
        self.assertEqual(values["signature_without_phone"], "Sample Supplies")
        self.assertEqual(values["collector_phone"], "+1 555 0199")

    def test_who_left_does_not_sign(self):
        self.collector.active = False
        values = self._values(self._gentle(debtor={"user_id": self.collector.id}))
        self.assertEqual(values["collector_name"], "Test Manager", "the successor")
        self.company.write({"ar_user_id": False, "ar_manager_id": False})
        values = self._values(self._gentle(debtor={"user_id": self.collector.id}))
        self.assertEqual(values["collector_name"], "Sample Supplies")

    # === BEFORE AND AFTER === #

    def test_earlier_messages_about_the_same_invoices(self):
        invoice = self._invoice(self.customer, 100, 40)
        other = self._invoice(self.customer, 100, 40)
        sent = [
            ("preventive", invoice, 45, {}),
            ("gentle", invoice, 30, {}),
            ("firm", invoice, 20, {}),
            ("firm", invoice, 15, {"delivery": "bounced"}),
            ("firm", other, 12, {}),
            ("call", invoice, 10, {"channel": "call"}),
        ]
        for stage, about, days, values in sent:
            notice = self._notice(stage, [about], **values)
            notice.write({"state": "sent", "sent_on": self._ago(days)})
        values = self._values(self._notice("final", [invoice]))
        self.assertEqual(
            values["contact_dates"], "February 8, 2026 and February 18, 2026"
        )
        self.assertEqual(values["last_contact_date"], "February 18, 2026")
        self.assertEqual(values["final_demand_date"], "")

    def test_final_demand_is_named_by_its_day(self):
        invoice = self._invoice(self.customer, 100, 60)
        notice = self._notice("final", [invoice])
        notice.write({"state": "sent", "sent_on": self._ago(20)})
        text = self._read(self._notice("notice", [invoice]))
        self.assertIn("The date in our demand of February 18, 2026 has passed.", text)

    def test_no_call_is_claimed(self):
        """A logged call is not a conversation: nobody knows whether one came about."""
        invoice = self._invoice(self.customer, 100, 30)
        call = self._notice("call", [invoice], channel="call")
        call.write({"state": "sent", "sent_on": self._ago(5)})
        text = self._read(self._notice("firm", [invoice]))
        self.assertNotIn("spoke", text)
        self.assertNotIn("wrote to you", text)

    def test_who_answered_is_not_blamed(self):
        invoice = self._invoice(self.customer, 100, 30)
        gentle = self._notice("gentle", [invoice])
        gentle.write({"state": "sent", "sent_on": self._ago(20)})
        blame = "we have had no reason for the delay from you"
        firm = self._notice("firm", [invoice])
        self.assertIn(blame, self._read(firm))
        firm.debtor_id.reply_until = self._ago(3)
        firm.invalidate_recordset()
        self.assertNotIn(blame, self._read(firm))

    def test_who_was_spoken_with_in_the_month_before_is_not_blamed(self):
        """Also when the talk was before the due date, and about something else."""
        invoice = self._invoice(self.customer, 100, 16)
        gentle = self._notice("gentle", [invoice])
        gentle.write({"state": "sent", "sent_on": self._ago(10)})
        firm = self._notice("firm", [invoice])
        log = (
            self.env["ar.contact.log"]
            .sudo()
            .create(
                {
                    "debtor_id": firm.debtor_id.id,
                    "outcome": "reached",
                    "kind": "call",
                    "user_id": self.env.uid,
                    "date": self._ago(29),
                }
            )
        )
        for days, blamed in ((29, False), (40, True)):
            log.date = self._ago(days)
            self.env.flush_all()
            firm.invalidate_recordset()
            with self.subTest(days=days):
                text = self._read(firm)
                self.assertEqual("no reason for the delay" in text, blamed)

    def test_an_answer_counts_when_its_pause_is_over_too(self):
        invoice = self._invoice(self.customer, 100, 30)
        gentle = self._notice("gentle", [invoice])
        gentle.write({"state": "sent", "sent_on": self._ago(20)})
        firm = self._notice("firm", [invoice])
        firm.debtor_id.message_post(
            body="We wait for your delivery.",
            message_type="email",
            author_id=self.customer.id,
        )
        self.assertNotIn("no reason for the delay", self._read(firm))

    def test_what_happens_next_and_when(self):
        """The day is that of the decision: date given, three working days, the next."""
        notice = self._notice("firm", [self._invoice(self.customer, 1200, 18)])
        values = self._values(notice)
        self.assertEqual(
            values["next_text"],
            "without payment or an answer by March 17, 2026, you will receive our "
            "formal demand for payment, on March 23, 2026 at the earliest.",
        )
        notice.date_given = False
        self.assertEqual(
            self._values(notice)["next_text"],
            "without payment or an answer, you will receive our formal demand for "
            "payment, on March 23, 2026 at the earliest.",
        )

    def test_next_after_a_gentle_reminder(self):
        text = self._read(self._gentle())
        self.assertIn("What happens next: without payment or an answer by", text)
        self.assertIn("we will write to you again, on March 24, 2026", text)

    def test_a_hand_over_is_not_announced(self):
        """It is not set up, and a task of ours is no message either."""
        invoice = self._invoice(self.customer, 1200, 50)
        self.assertEqual(
            self._values(self._notice("notice", [invoice]))["next_text"], ""
        )

    def test_the_last_step_says_nothing_of_a_next(self):
        step = self._step("public_firm")
        invoice = self._invoice(self.customer, 1200, 50)
        notice = self._notice("firm", [invoice], step=step, debtor={"kind": "public"})
        text = self._read(notice)
        self.assertNotIn("What happens next", text)

    def test_old_debts_open_otherwise(self):
        invoice = self._invoice(self.customer, 1200, 95)
        old = self._read(self._gentle(invoice, is_first=True))
        self.assertIn("While going through our books we found", old)
        for notice in (
            self._gentle(invoice),
            self._gentle(self._invoice(self.customer, 1, 90), is_first=True),
        ):
            self.assertNotIn("going through our books", self._read(notice))

    # === THE REST === #

    def test_attachments_are_named_only_where_they_come(self):
        invoice = self._invoice(self.customer, 1200, 18)
        both = "The statement and copies of the invoices are attached."
        notice = self._notice("firm", [invoice])
        self.assertIn(both, self._read(notice))
        notice.write({"attachments_ready": True})
        notice.invalidate_recordset()
        self.assertNotIn("attached", self._read(notice))
        letter = self._notice("firm", [invoice], channel="letter")
        self.assertNotIn("attached", self._read(letter))

    def test_reference(self):
        one, two, three, four = (
            self._invoice(self.customer, 10, 40) for _number in range(4)
        )
        one.payment_reference = "RF18 0001"
        values = self._values(self._notice("final", [one]))
        self.assertEqual(values["payment_reference"], "RF18 0001")
        values = self._values(self._notice("final", [two, three]))
        self.assertEqual(values["payment_reference"], f"{two.name}, {three.name}")
        values = self._values(self._notice("final", [one, two, three, four]))
        self.assertEqual(values["payment_reference"], "C-1001")

    def test_as_superuser_of_another_language(self):
        notice = self._gentle()
        root = self.env.ref("base.user_root")
        values = self._values(notice.with_user(root))
        self.assertEqual(values["company"], "Sample Supplies")

    def test_ways_to_pay_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.with_context(lang="fr_FR").ar_ways_to_pay = "Virement"
        notice = self._gentle()
        self.assertEqual(self._values(notice, "fr_FR")["ways_to_pay"], "Virement")
        self.assertIn("Bank transfer", self._values(notice)["ways_to_pay"])

    def test_bank_account_is_named(self):
        """The account itself, with what to name; none where invoices name two."""
        banks = self.env["res.partner.bank"].create(
            [
                {
                    "acc_number": number,
                    "partner_id": self.company.partner_id.id,
                    "bank_id": self.env["res.bank"]
                    .create({"name": "First Bank", "bic": "FIRBUS33XXX"})
                    .id,
                }
                for number in ("11112222", "33334444")
            ]
        )
        one = self._invoice(self.customer, 1200, 8)
        other = self._invoice(self.customer, 100, 8)
        (one + other).partner_bank_id = banks[0]
        notice = self._notice("gentle", [one, other])
        text = html2plaintext(notice.pay_block)
        for line in (
            "Bank account: 11112222, BIC FIRBUS33XXX, First Bank",
            f"Account holder: {self.company.name}",
            f"Payment reference: {one.name}, {other.name}",
        ):
            self.assertIn(line, text)
        other.partner_bank_id = banks[1]
        notice.invalidate_recordset()
        text = html2plaintext(notice.pay_block)
        self.assertNotIn("Bank account", text)
        self.assertIn(f"Payment reference: {one.name}, {other.name}", text)
        # Their texts name it themselves
        for stage in ("final", "notice"):
            notice = self._notice(stage, [one, other])
            self.assertNotIn("Payment reference", notice.pay_block, stage)
            self.assertEqual(self._read(notice).count(f"{one.name}, {other.name}"), 1)

    def test_button_pays_where_invoices_can_be_paid_online(self):
        notice = self._gentle()
        self.env["payment.provider"].search([]).write({"state": "disabled"})
        self.assertIn("See the details online", notice.pay_block)
        provider = self.env["payment.provider"].search(
            [("company_id", "=", self.company.id)], limit=1
        ) or self.env["payment.provider"].create(
            {"name": "Provider", "company_id": self.company.id}
        )
        with mute_logger("odoo.addons.payment"):
            self.env.cr.execute(
                "UPDATE payment_provider SET state = 'enabled', is_published = TRUE "
                "WHERE id = %s",
                [provider.id],
            )
        provider.invalidate_recordset()
        notice.invalidate_recordset()
        self.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", "True"
        )
        self.assertIn(">Pay now<", notice.pay_block)
        self.assertIn("or see other ways to pay:", notice.pay_block)

    def test_a_line_whose_journal_item_is_gone_keeps_its_words(self):
        notice = self._gentle(self._invoice(self.customer, 1200, 8))
        notice.line_ids.move_line_id = False
        self.assertIn("1,200.00", self._read(notice))

    def test_statements_do_not_grow_with_the_notices(self):
        """A batch of 100 mails reads as few times as one of 2."""
        counts = []
        for size in (1, 2, 9):  # the first one warms the caches
            notices = self.env["ar.notice"]
            for number in range(size):
                customer = self._customer(f"Customer {size} {number}")
                self._person(customer, f"Person {number}")
                invoice = self._invoice(customer, 10, 20)
                notices |= self._notice(STAGES[number % 3 + 1], [invoice])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for notice in notices:
                self.assertTrue(notice.text_values and notice.items_table)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
