import {SignatureForm} from "@portal/signature_form/signature_form";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";
import {redirect} from "@web/core/utils/urls";
import {useState} from "@odoo/owl";

/**
 * Odoo's own form for a signature, with the function of who signs, and the sum of
 * what was shown: who read another text is told so.
 */
export class ReceivablesSignatureForm extends SignatureForm {
    static template = "ar_followup_plus.SignatureForm";

    setup() {
        super.setup();
        this.signer = useState({function: "", isRead: false, isBusy: false});
    }

    get isReady() {
        return (
            this.signer.isRead &&
            !this.signer.isBusy &&
            !this.signature.isSignatureEmpty &&
            (this.signature.name || "").trim() &&
            (this.signer.function.trim() || !this.props.needsFunction)
        );
    }

    async onClickSubmit() {
        if (!this.isReady) {
            return;
        }
        this.signer.isBusy = true;
        this.state.error = false;
        try {
            const data = await rpc(this.props.callUrl, {
                name: this.signature.name,
                function: this.signer.function,
                signature: this.signature.getSignatureImage().split(",")[1],
                sha256: this.props.sha256,
            });
            if (data.force_refresh) {
                redirect(data.redirect_url);
                return;
            }
            this.state.error = data.error;
        } catch {
            this.state.error = _t(
                "The signature could not be sent. Nothing is lost: please try again."
            );
        }
        this.signer.isBusy = false;
    }
}

registry
    .category("public_components")
    .add("ar_followup_plus.signature_form", ReceivablesSignatureForm);
