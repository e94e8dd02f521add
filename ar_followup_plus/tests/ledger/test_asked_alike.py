"""A message, its page, the code and the button ask for the same amounts."""

from unittest.mock import patch

from odoo.tools import html2plaintext

from ...models.portal.customer_page import CustomerPage
from ...models.portal.page_payment import PagePayment
from ..portal.portal_common import PortalCommon


class TestAskedAlike(PortalCommon):
    """One invoice is demanded; another is overdue, and listed for information only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.qr_code = True
        bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.demanded = cls._invoice(cls.customer, 100, 25)
        cls.recent = cls._invoice(cls.customer, 40, 4)
        (cls.demanded + cls.recent).partner_bank_id = bank
        cls._night(cls._ago(20), cls.customer)
        cls.debtor = cls._debtor(cls.customer).sudo()

    def setUp(self):
        super().setUp()
        self.notice = self._sent(self.customer, self.demanded, self.recent)

    def _page(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return CustomerPage(self.debtor).values(self.notice.sudo())

    def _offered(self):
        page = CustomerPage(self.debtor)
        rows, _credits = page.rows(page.items(self.notice), self.notice)
        for row in rows:
            row["payable"] = True
        return PagePayment(self.debtor, rows)

    def _coded(self, act):
        """Return the amounts for which codes are made by an act."""
        drawn = []

        def draw(bank, amount, *_args, **_kwargs):
            drawn.append(amount)
            return "data:image/png;base64,"

        banks = self.env.registry["res.partner.bank"]
        with patch.object(banks, "build_qr_code_base64", draw):
            act()
        return drawn

    def test_one_sum(self):
        roles = {line.role: line.move_id for line in self.notice.line_ids}
        self.assertEqual(roles, {"about": self.demanded, "also": self.recent})
        self.assertEqual(self.notice.text_values["total_demanded"], "$\xa0100.00")
        page = self._page()
        self.assertEqual(page["due"], {self.usd: 100})
        self.assertEqual(page["also"], {self.usd: 40})
        pay = self._offered()
        [offer] = pay.summary()
        self.assertEqual((offer["due"], offer["overdue"]), (100, 140))
        payment = pay.choice(f"due-{offer['key']}")
        self.assertEqual((payment.amount, payment.moves), (100, self.demanded))
        self.assertEqual(self._coded(lambda: pay.bank(payment)), [100])
        self.assertEqual(self._coded(self.notice._letter_codes), [100])
        both = pay.choice(offer["overdue_moves"])
        self.assertEqual(both.amount, 140)

    def test_all_once_the_demanded_is_paid(self):
        self._pay(self.demanded)
        page = self._page()
        self.assertEqual((page["due"], page["also"]), ({self.usd: 40}, {}))
        [offer] = self._offered().summary()
        self.assertEqual((offer["due"], offer["overdue"]), (40, False))

    def test_the_page_names_both_parts(self):
        self.env.flush_all()
        page = html2plaintext(self.url_open(self._path(self.notice)).text)
        page = " ".join(page.replace("\xa0", " ").replace("*", "").split())
        self.assertIn("Due now $ 100.00", page)
        self.assertIn("not part of our message: $ 40.00", page)
