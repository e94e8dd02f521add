import {onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";

/** Says above the list why nothing is sent, and in an empty list why it is empty. */
export class DebtorListRenderer extends ListRenderer {
    static template = "ar_followup_plus.DebtorListRenderer";

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.action = useService("action");
        this.notes = useState({hint: null, empty: null});
        onWillStart(() => this.loadNotes(this.props));
        onWillUpdateProps((props) => {
            this.loadNotes(props);
        });
    }

    /** Asks the server each time: neither the view nor the action keeps it. */
    async loadNotes(props) {
        const isEmpty = !props.list.model.hasData();
        const notes = await this.orm.call("ar.debtor", "list_notes", [], {
            is_empty: isEmpty,
        });
        Object.assign(this.notes, notes);
    }

    async onHint() {
        const action = await this.orm.call("ar.debtor", this.notes.hint.act, [[]]);
        await this.action.doAction(action);
    }
}

registry.category("views").add("ar_debtor_list", {
    ...listView,
    Renderer: DebtorListRenderer,
});
