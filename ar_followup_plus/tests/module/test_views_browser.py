"""Every screen of the menus opens in a real browser, with records in its list."""

import json

from odoo.tests import HttpCase, tagged

from .test_views_open import ViewsCommon

#: Opens one action after the other; the last line printed is what the test waits for.
SCRIPT = """
(async () => {
    const { action } = odoo.__WOWL_DEBUG__.root.env.services;
    for (const [id, name] of %s) {
        await action.doAction(id, { clearBreadcrumbs: true });
        await new Promise((resolve) => setTimeout(resolve, 250));
        if (document.querySelector(".o_error_dialog, .o_dialog_error")) {
            console.error(`The screen "${name}" shows an error.`);
            return;
        }
    }
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestViewsBrowser(ViewsCommon, HttpCase):
    # Sessions are compared with the real clock
    freeze_time = None

    def test_each_screen_shows_no_error(self):
        """As a credit manager, whose menus are the most."""
        self.env["ar.letter"]._for_moment(self.debtor, "hold")
        self.env["ar.proof"]._append_some()
        self.assertTrue(self.env["ar.proof"].search_count([]))
        self.user_manager.password = "a long password"
        actions = self._actions(self.as_user("manager"))
        self.assertGreater(len(actions), 20)
        self.env.flush_all()
        self.browser_js(
            "/odoo?debug=1",
            SCRIPT % json.dumps([(action.id, action.name) for action in actions]),
            ready="!!(odoo.__WOWL_DEBUG__?.root && document.querySelector('.o_navbar'))",
            login=self.user_manager.login,
            timeout=180,
        )
