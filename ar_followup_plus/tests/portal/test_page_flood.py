"""Two hundred visitors, sixty messages, no filestore, and bad mail servers."""

from ..child import ChildCase
from ..page_flood import Visitors


class TestPageFlood(ChildCase):
    """Nothing lost, nothing twice, and no error that is not in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [f"Flood {number:02}" for number in range(6)]
        made = cls.worker.call("make_customers", names=names)
        debtors = [ids[1] for ids in made.values()]
        cls.worker.call("plan", debtors=debtors)
        cls.worker.call("deliver")
        cls.visitors = Visitors(cls.db, cls.sink, debtors)
        cls.addClassCleanup(cls.visitors.close)

    def _forget(self):
        """What was sent stays, and so do the customers."""

    def tearDown(self):
        # Of what the page told in words, and of mails that the server did not take
        known = ("could not be served", "addons.mail.models.mail_mail:")
        errors = [
            line
            for line in self.visitors.server.errors()
            if not any(words in line for words in known)
        ]
        self.assertEqual(errors, [])
        super().tearDown()

    def test_visitors_at_once(self):
        self.visitors.pages(200)
        self.assertGreater(self.visitors.counts["page answered 200"], 0)

    def test_messages_at_once(self):
        self.visitors.messages(60)
        self.assertGreater(self.visitors.counts["messages kept"], 0)

    def test_double_click_on_pay(self):
        provider, method = self.worker.call("pay_online")
        self.visitors.clicks(provider, method)

    def test_filestore_cannot_be_written(self):
        self.visitors.filestore()

    def test_mail_server_is_slow(self):
        self.visitors.mail("stall")

    def test_mail_server_refuses(self):
        self.visitors.mail("refuse_data")

    def test_mail_server_drops_in_data(self):
        self.visitors.mail("drop")
