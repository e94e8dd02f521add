from odoo import api, fields, models
from odoo.tools import SQL


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    #: ``{"weekdays": [int], "off": [[first, last moment]]}``: all that the follow-up
    #: needs of a calendar, read with one SQL statement.
    ar_days = fields.Json(
        compute="_compute_ar_days", compute_sudo=True, export_string_translation=False
    )

    @api.depends(
        "attendance_ids.dayofweek",
        "global_leave_ids.date_from",
        "global_leave_ids.date_to",
    )
    def _compute_ar_days(self):
        self.env["resource.calendar.attendance"].flush_model(
            ["calendar_id", "dayofweek"]
        )
        self.env["resource.calendar.leaves"].flush_model(
            ["calendar_id", "resource_id", "date_from", "date_to"]
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id,
                          ARRAY(SELECT DISTINCT a.dayofweek::int
                                  FROM resource_calendar_attendance a
                                 WHERE a.calendar_id = c.id),
                          ARRAY(SELECT ARRAY[date_trunc('second', l.date_from)::text,
                                             date_trunc('second', l.date_to)::text]
                                  FROM resource_calendar_leaves l
                                 WHERE l.calendar_id = c.id AND l.resource_id IS NULL
                                 ORDER BY l.date_from, l.id)
                     FROM resource_calendar c WHERE c.id = ANY(%s)""",
                self._origin.ids,
            )
        )
        found = {row[0]: {"weekdays": row[1], "off": row[2]} for row in rows}
        none = {"weekdays": [], "off": []}
        for calendar in self:
            calendar.ar_days = found.get(calendar._origin.id, none)
