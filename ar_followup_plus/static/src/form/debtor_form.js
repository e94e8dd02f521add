import {registry} from "@web/core/registry";
import {FormRenderer} from "@web/views/form/form_renderer";
import {formView} from "@web/views/form/form_view";
import {StatusBarButtons} from "@web/views/form/status_bar_buttons/status_bar_buttons";

/** Shows the first buttons that apply; the rest of them is behind one that says More. */
export class FewButtons extends StatusBarButtons {
    static template = "ar_followup_plus.FewButtons";
    static most = 4;

    get firstSlots() {
        return this.visibleSlotNames.slice(0, this.most);
    }

    get moreSlots() {
        return this.visibleSlotNames.slice(this.most);
    }

    /** A phone has room for one; as in core. */
    get most() {
        return this.env.isSmall ? 1 : this.constructor.most;
    }
}

export class DebtorFormRenderer extends FormRenderer {
    static components = {...FormRenderer.components, StatusBarButtons: FewButtons};
}

registry.category("views").add("ar_debtor_form", {
    ...formView,
    Renderer: DebtorFormRenderer,
});
