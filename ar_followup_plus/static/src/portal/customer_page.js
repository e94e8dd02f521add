import {post} from "@web/core/network/http_service";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

/** A page that is looked at for so long was opened by a browser, not by a scanner. */
const LOOKED_AT = 2000;

/** Says that the page of a notice was opened. Fetching the page changes nothing. */
export class CustomerPage extends Interaction {
    static selector = ".o_ar_page[data-opened-url]";

    start() {
        this.waitForTimeout(() => {
            if (document.visibilityState === "visible") {
                post(
                    this.el.dataset.openedUrl,
                    {csrf_token: odoo.csrf_token},
                    "text"
                ).catch(() => {});
            }
        }, LOOKED_AT);
    }
}

registry
    .category("public.interactions")
    .add("ar_followup_plus.customer_page", CustomerPage);
