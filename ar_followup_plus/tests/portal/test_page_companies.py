"""What customers say reaches colleagues of a company that is not the website's."""

from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_portal_answers import AnswerCommon


@tagged("post_install", "-at_install")
class TestPageCompanies(AnswerCommon):
    def test_form_opens_after_an_answer(self):
        """Visitors are a user of the first company, whom others may not read."""
        visitor = self.env.ref("base.public_user").sudo()
        self.assertNotIn(self.company, visitor.company_ids)
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        form = self.url_open(f"{self.page_path}/answer/dispute?i={self.first.id}")
        self._say("dispute", self.first, page=form, reason=str(reason.id))
        self._say("parts", self.second, date=str(self.now), count="2")
        self._act(f"{self.page_path}/message", message="Please call me")
        self.env.invalidate_all()
        dispute = self._answers("dispute").dispute_id
        activities = dispute.sudo().activity_ids | self.debtor.sudo().activity_ids
        self.assertTrue(dispute.sudo().activity_ids)
        self.assertTrue(self.debtor.sudo().activity_ids)
        self.assertFalse(activities.filtered(lambda a: a.create_uid.share))
        env = self.env(user=self.user_collector, su=False)
        for activity in activities:
            call_kw(
                env["mail.activity"],
                "activity_format",
                [activity.ids],
                {"context": {"allowed_company_ids": self.company.ids}},
            )
        plan = self._answers("parts").plan_id
        self.assertFalse(plan.user_id, "nobody of us")
