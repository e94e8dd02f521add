"""The evidence pack: all that shows what was owed, said and agreed, in one file."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..signature.ar_guarded import KEY
from .pack_request import PackRequest

#: The sections of a pack, in order.
SECTION_SELECTION = [
    ("customer", "Customer"),
    ("terms", "Terms of payment accepted"),
    ("invoices", "Invoices"),
    ("notices", "Notices"),
    ("letters", "Letters"),
    ("mails", "Other messages"),
    ("calls", "Calls and visits"),
    ("answers", "Answers of the customer"),
    ("disputes", "Disputes"),
    ("agreements", "Promises and plans"),
    ("statement", "Statements"),
    ("charges", "Late charges"),
]
SECTIONS = tuple(name for name, _label in SECTION_SELECTION)


class ArEvidence(models.Model):
    """One pack that somebody asked for: made in the background, for one customer.

    It goes to a lawyer or an accountant by hand: we never send it, so a contact stop
    does not forbid it. What is in it is listed beforehand (``ar.evidence.file``), so
    that a process that is killed goes on where it was.
    """

    _name = "ar.evidence"
    _description = "Evidence Pack"
    # The thread is for the activity alone, which subscribes whom it is given to
    _inherit = ["ar.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    scope = fields.Selection(
        [("debtor", "Customer"), ("move", "Invoice"), ("dispute", "Dispute")],
        string="About",
        required=True,
        readonly=True,
        default="debtor",
    )
    # An invoice that was never sent may be deleted; the pack stays what it was
    move_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    move_name = fields.Char(string="Invoice", readonly=True)
    dispute_id = fields.Many2one(
        "ar.dispute", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    lang = fields.Char(string="Language", readonly=True)
    user_id = fields.Many2one("res.users", string="Asked by", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("making", "Being made"),
            ("done", "Ready"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    attempts = fields.Integer(readonly=True, default=0, aggregator=None)
    done = fields.Integer(readonly=True, aggregator=None)
    section_numbers = fields.Json(
        readonly=True, help="Numbers of the sections that have contents."
    )
    total = fields.Integer(string="Documents", readonly=True, aggregator=None)
    progress = fields.Float(compute="_compute_progress")
    finished_at = fields.Datetime(string="Ready since", readonly=True)
    note = fields.Text(
        string="What is missing", readonly=True, help="What could not be made, and why."
    )
    has_note = fields.Boolean(string="Incomplete", compute="_compute_has_note")
    file_ids = fields.One2many("ar.evidence.file", "evidence_id", readonly=True)
    pdf_id = fields.Many2one(
        "ir.attachment", readonly=True, index="btree_not_null", ondelete="set null"
    )
    zip_id = fields.Many2one(
        "ir.attachment", readonly=True, index="btree_not_null", ondelete="set null"
    )
    pdf_sha256 = fields.Char(string="SHA-256 of the PDF", readonly=True)
    zip_sha256 = fields.Char(string="SHA-256 of the ZIP", readonly=True)

    _todo_idx = models.Index("(id) WHERE state IN ('waiting', 'making')")

    # === COMPUTE METHODS === #

    @api.depends("done", "total", "state")
    def _compute_progress(self):
        for pack in self:
            pack.progress = 100.0 * pack.done / pack.total if pack.total else 0.0
            if pack.state == "done":
                pack.progress = 100.0

    @api.depends("note")
    def _compute_has_note(self):
        for pack in self:
            pack.has_note = bool(pack.note)

    @api.depends("debtor_id", "scope", "move_name", "dispute_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for pack in self:
            # sudo: who may see the pack may see of what it is
            pack_sudo = pack.sudo()
            about = pack_sudo.debtor_id.display_name
            if pack.scope == "move":
                about = f"{about}, {pack.move_name}"
            elif pack.scope == "dispute":
                about = f"{about}, {pack_sudo.dispute_id.display_name}"
            pack.display_name = pack.env._("Evidence: %(about)s", about=about)

    # === CRUD METHODS === #

    def write(self, vals):
        """Refuse what people write directly: a pack is made, not written.

        :raise AccessError: always, but for the methods, which act through sudo
        """
        if not self.env.su and set(vals) - {"activity_ids"}:
            raise AccessError(
                self.env._("A pack cannot be edited: ask for another one.")
            )
        return super().write(vals)

    def unlink(self):
        # A pack can be made again: its files go with it
        return super(ArEvidence, self.with_context(ar_evidence=KEY)).unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_making(self):
        if any(pack.state == "making" for pack in self):
            raise UserError(
                self.env._("This pack is being made just now: wait until it is ready.")
            )

    # === BUTTONS === #

    def action_download_pdf(self):
        """Download the PDF."""
        return self._download("pdf_id")

    def action_download_zip(self):
        """Download the ZIP with the originals."""
        return self._download("zip_id")

    def _download(self, name):
        """Return the action that downloads a file; who has it needs no reminder."""
        self.ensure_one()
        self.check_access("read")
        pack_sudo = self.sudo()  # collectors may not read attachments by themselves
        if not pack_sudo[name]:
            raise UserError(
                self.env._("There is no such file: ask for the pack once more.")
            )
        if self.user_id == self.env.user:
            pack_sudo.activity_unlink(["mail.mail_activity_data_todo"])
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{pack_sudo[name].id}?download=true",
            "target": "download",
        }

    def action_retry(self):
        """Continue a failed pack with the files that are made already."""
        self.check_access("read")
        for debtor in self.debtor_id:
            PackRequest(debtor).check_maker()
        for pack_sudo in self.sudo().filtered(lambda pack: pack.state == "failed"):
            pack_sudo.write(
                {
                    "state": "making" if pack_sudo.total else "waiting",
                    "attempts": 0,
                    "note": False,
                }
            )
        self._start()

    def action_again(self):
        """Ask for the same pack as of today."""
        self.ensure_one()
        return PackRequest(self.debtor_id).action(
            self.dispute_id or (self.scope == "move" and self.sudo().move_id) or None
        )

    def action_refresh(self):
        """Look how far it is."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_debtor(self):
        """Open the customer's receivables."""
        self.ensure_one()
        return self.debtor_id._get_records_action(context={})

    @api.model
    def _start(self):
        """Let the scheduled action begin at once."""
        self.env.ref("ar_followup_plus.ir_cron_evidence").sudo()._trigger()

    def _sections(self):
        """Return the names of sections in the language of the environment."""
        field = self.env["ar.evidence.file"]._fields["section"]
        return dict(field._description_selection(self.env))


class ArEvidenceFile(models.Model):
    """One document of a pack: where it comes from, and what became of it.

    The list is written before the first document is read. Nothing of the content is
    in it: that is in the pack's ZIP.
    """

    _name = "ar.evidence.file"
    _description = "Document of an Evidence Pack"
    _log_access = False
    _order = "number"

    evidence_id = fields.Many2one(
        "ar.evidence", required=True, readonly=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(readonly=True, aggregator=None)
    section = fields.Selection(SECTION_SELECTION, required=True, readonly=True)
    kind = fields.Selection(
        [
            ("file", "File"),
            ("invoice", "Invoice"),
            ("message", "Message"),
            ("statement", "Statement"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char(string="Document", readonly=True)
    date = fields.Date(readonly=True)
    about = fields.Char(string="Belongs to", readonly=True)
    # Where it is read from: an attachment, invoice or message, by the kind. No foreign
    # key: deleting any of them would look for packs
    source_id = fields.Integer(readonly=True, aggregator=None)
    state = fields.Selection(
        [("todo", "To do"), ("done", "In the pack"), ("failed", "Missing")],
        required=True,
        readonly=True,
        default="todo",
    )
    attempts = fields.Integer(readonly=True, default=0, aggregator=None)
    path = fields.Char(string="In the ZIP", readonly=True)
    mimetype = fields.Char(readonly=True)
    size = fields.Integer(readonly=True, aggregator=None)
    sha256 = fields.Char(string="SHA-256", readonly=True)
    kept_sha256 = fields.Char(
        string="SHA-256 as noted", readonly=True, help="When it was sent or signed."
    )
    pages = fields.Integer(readonly=True, aggregator=None)
    page = fields.Integer(string="Page in the PDF", readonly=True, aggregator=None)
    problem = fields.Char(readonly=True)

    _todo_idx = models.Index("(evidence_id, number) WHERE state = 'todo'")
