import {registry} from "@web/core/registry";
import {FloatField, floatField} from "@web/views/fields/float/float_field";

/** A figure of what somebody did: a dash where nothing was done yet, not 0.0. */
export class DashField extends FloatField {
    static props = {...FloatField.props, countField: {type: String}};

    get formattedValue() {
        const done = this.props.record.data[this.props.countField];
        return done ? super.formattedValue : "–";
    }
}

registry.category("fields").add("ar_dash", {
    ...floatField,
    component: DashField,
    supportedTypes: ["integer", "float"],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...floatField.extractProps(fieldInfo, dynamicInfo),
        countField: fieldInfo.options.count,
    }),
});
