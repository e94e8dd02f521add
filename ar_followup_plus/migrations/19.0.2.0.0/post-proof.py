"""Note sums and origins of the evidence that is there already, as it is today.

From now on they are noted when something is made or received. What was changed before
the upgrade cannot be told any more.
"""

import hashlib
import json

from odoo import SUPERUSER_ID, api

OWNERS = (
    "ar.notice",
    "ar.letter",
    "ar.answer",
    "ar.dispute",
    "ar.payment.plan",
    "ar.copies",
    "ar.credit.policy.text",
    "ar.credit.policy.acceptance",
    "ar.evidence",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    _note_origins(cr)
    for model in OWNERS:
        _note_sums(env, model)
    _note_message_sums(env)


def _note_origins(cr):
    """Tell where messages come from, by what could not be typed by colleagues."""
    cr.execute(
        """UPDATE mail_message m SET ar_origin = CASE
                  WHEN m.message_type = 'email' THEN 'email'
                  WHEN m.message_type = 'email_outgoing' THEN
                       CASE WHEN m.create_uid = 1 OR EXISTS (
                                 SELECT 1 FROM ar_notice n
                                  WHERE n.mail_message_id = m.id)
                            THEN 'sent' ELSE 'written' END
                  WHEN EXISTS (SELECT 1 FROM res_users u
                                WHERE u.id = m.create_uid AND u.share) THEN 'page'
                  ELSE 'written' END
            WHERE m.model IN ('ar.debtor', 'ar.dispute', 'ar.unmatched.reply')
              AND m.ar_origin IS NULL
              AND (m.message_type IN ('email', 'email_outgoing')
                OR m.message_type = 'comment'
                   AND m.is_internal IS NOT TRUE
                   AND NOT EXISTS (SELECT 1 FROM mail_message_subtype s
                                    WHERE s.id = m.subtype_id AND s.internal)
                   AND (EXISTS (SELECT 1 FROM res_users u
                                 WHERE u.id = m.create_uid AND u.share)
                     OR EXISTS (SELECT 1 FROM mail_notification n
                                  JOIN res_partner p ON p.id = n.res_partner_id
                                 WHERE n.mail_message_id = m.id
                                   AND n.notification_type = 'email'
                                   AND p.partner_share)))"""
    )


def _note_sums(env, model):
    """Note the sum of each file of a kind of record.

    A file on a dispute that a colleague's note shows is that note's.
    """
    table = env[model]._table
    env.cr.execute(
        """SELECT a.id, a.res_id, a.description FROM ir_attachment a
            WHERE a.res_model = %s AND a.res_field IS NULL AND a.type = 'binary'
              AND NOT EXISTS (
                  SELECT 1 FROM message_attachment_rel rel
                    JOIN mail_message m ON m.id = rel.message_id
                   WHERE rel.attachment_id = a.id AND m.model = 'ar.dispute')
            ORDER BY a.id""",
        [model],
    )
    sums = {}
    for file_id, res_id, noted in env.cr.fetchall():
        if (noted or "").startswith("sha256 "):  # as it was noted when it was made
            digest = noted[7:]
        else:
            digest = _digest(env, file_id)
        sums.setdefault(res_id, {})[str(file_id)] = digest
    for res_id, one in sums.items():
        env.cr.execute(
            f"UPDATE {table} SET file_sums = %s WHERE id = %s AND file_sums IS NULL",
            [json.dumps(one), res_id],
        )


def _note_message_sums(env):
    """Note the sums of the files in which messages with customers left or came."""
    env.cr.execute(
        """SELECT m.id, array_agg(rel.attachment_id) FROM mail_message m
             JOIN message_attachment_rel rel ON rel.message_id = m.id
             JOIN ir_attachment a ON a.id = rel.attachment_id AND a.res_field IS NULL
            WHERE m.ar_origin IS NOT NULL AND m.ar_file_sums IS NULL GROUP BY m.id"""
    )
    for message_id, file_ids in env.cr.fetchall():
        sums = {str(one): _digest(env, one) for one in file_ids}
        env.cr.execute(
            "UPDATE mail_message SET ar_file_sums = %s WHERE id = %s",
            [json.dumps(sums), message_id],
        )


def _digest(env, file_id):
    file = env["ir.attachment"].browse(file_id)
    content = file.raw or b""
    file.invalidate_recordset(["raw", "datas"], flush=False)
    return hashlib.sha256(content).hexdigest()
