import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {debounce} from "@web/core/utils/timing";
import {TextField, textField} from "@web/views/fields/text/text_field";
import {onWillUnmount, useEffect} from "@odoo/owl";

/** Keeps a note on the customer while it is typed: nothing is lost with the browser. */
export class DraftField extends TextField {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.later = debounce(() => this.keep(), 600);
        useEffect(
            (area) => {
                const onInput = () => {
                    this.typed = area.value;
                    this.later();
                };
                area?.addEventListener("input", onInput);
                return () => area?.removeEventListener("input", onInput);
            },
            () => [this.textareaRef.el]
        );
        onWillUnmount(() => this.later.cancel());
    }

    async onBlur() {
        await super.onBlur();
        this.later.cancel();
        this.keep();
    }

    keep() {
        const debtor = this.props.record.data.debtor_id;
        const text = this.typed;
        this.typed = undefined;
        if (debtor && text !== undefined) {
            this.orm.silent.call("ar.debtor", "save_call_draft", [[debtor.id], text]);
        }
    }
}

registry.category("fields").add("ar_draft", {...textField, component: DraftField});
