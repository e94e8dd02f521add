"""Terms of payment that are published, and a drawing to sign them with."""

import base64
import io
from unittest.mock import patch

from PIL import Image, ImageDraw

from ...models.credit_terms import ar_credit_policy_text
from ...models.credit_terms.credit_terms import CreditTerms
from ...models.signing import ar_signed
from ...tools.pdf import pdf_cover

PROOF = {
    "how": "code",
    "email": "ann@first.example.com",
    "ip": "203.0.113.7",
    "agent": "A Browser/1.0",
}


def drawing(ink=True, size=(300, 100), dot=False):
    """Return a signature as the widget sends it: a PNG in base64."""
    image = Image.new("RGBA", size, (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    if dot:
        pen.ellipse((50, 50, 53, 53), fill=(0, 0, 0, 255))
    elif ink:
        pen.line((20, 70, 120, 20, 200, 80, 280, 30), fill=(0, 0, 0, 255), width=3)
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


class PolicyMixin:
    """Terms of payment of the company of the tests."""

    @classmethod
    def _draft(cls, **values):
        """Return a draft made of our proposal."""
        preset = cls.env.ref("ar_followup_plus.policy_preset")
        return preset.copy({"company_id": cls.company.id, **values})

    @classmethod
    def _publish(cls, draft=None, **values):
        """Publish a draft, with a PDF that costs nothing."""
        draft = draft or cls._draft(**values)
        with cls._cheap_pdf():
            draft.publish()
        return draft

    @classmethod
    def _next_version(cls, policy, change="material", **values):
        draft = cls.env["ar.credit.policy"].browse(
            policy.action_new_version()["res_id"]
        )
        draft.write({"change": change, **values})
        return cls._publish(draft)

    @staticmethod
    def _cheap_pdf():
        """Where what is in the PDF does not matter, make a small one at once."""
        return patch.object(
            ar_credit_policy_text,
            "html_pdf",
            lambda env, page: pdf_cover.draw_cover("Terms", [str(len(page))]),
        )

    @staticmethod
    def _cheap_signed():
        return patch.object(
            ar_signed,
            "signed_pdf",
            lambda env, title, party, name, content, vals: content + b"% signed",
        )

    @classmethod
    def _accept(cls, debtor, policy=None):
        """Let a customer sign; return the acceptance."""
        debtor_sudo = debtor.sudo()
        policy = policy or CreditTerms(debtor_sudo).to_ask()[debtor_sudo]
        request = CreditTerms(debtor_sudo).request(policy)
        with cls._cheap_signed():
            request._sign(
                "Ann Adams", "Director", drawing(), request._sign_sha256(), PROOF
            )
        return request
