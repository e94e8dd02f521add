"""Makes the demonstration ready for pictures. Runs inside Odoo.

``python -m harness.inside_screens CONFIG SMTP_PORT URL``
"""

import base64
import io
import os
import sys

from PIL import Image, ImageDraw

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from harness.inside_demo import (
    allow_payments,
    point_mail_here,
    run_scheduled_actions,
)


def draw_logo():
    """Return a logo as base64."""
    image = Image.new("RGBA", (360, 96), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((4, 8, 84, 88), 18, fill="#714B67")
    pen.polygon([(24, 66), (44, 28), (64, 66)], fill="white")
    pen.text((104, 26), "Demo Goods", fill="#714B67", font_size=42)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def make(env):
    """Add what the demonstration does not have."""
    company = env.ref("ar_followup_plus.demo_company")
    company.logo = draw_logo()
    manager = env.ref("ar_followup_plus.demo_user_manager")
    manager.company_ids |= env.ref("base.main_company")


def main(config, port, url):
    odoo.tools.config.parse_config(
        ["-c", config, "--no-http", "--logfile", os.environ["AR_LOG"]],
        setup_logging=True,
    )
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        point_mail_here(env, int(port), url)
        allow_payments(env)
        make(env)
        cr.commit()
        run_scheduled_actions(env)
        cr.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
