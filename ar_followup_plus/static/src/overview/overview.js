/* global Chart */
import {
    Component,
    onWillStart,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {cookie} from "@web/core/browser/cookie";
import {getCustomColor} from "@web/core/colors/colors";
import {loadBundle} from "@web/core/assets";
import {humanNumber} from "@web/core/utils/numbers";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";

const scheme = cookie.get("color_scheme");
const TEXT = getCustomColor(scheme, "#111827", "#e4e4e4");
const GRID = getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.15)");
const RANGE = getCustomColor(scheme, "#b7c9d8", "#4a5f70");
const EXPECTED = getCustomColor(scheme, "#1f5f8b", "#7fc4f0");

/** The cash forecast: bars from the lowest to the highest amount, a line between. */
export class ForecastChart extends Component {
    static template = "ar_followup_plus.ForecastChart";
    static props = {weeks: Array, open: Function};

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.weeks]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        const weeks = this.props.weeks;
        this.chart = new Chart(this.canvas.el, {
            data: {
                labels: weeks.map((week) => week.label),
                datasets: [
                    {
                        type: "line",
                        label: _t("Expected"),
                        data: weeks.map((week) => week.amount),
                        borderColor: EXPECTED,
                        backgroundColor: EXPECTED,
                        pointStyle: "rectRot",
                        pointRadius: 4,
                        borderWidth: 2,
                    },
                    {
                        type: "bar",
                        label: _t("Likely range (80 %)"),
                        data: weeks.map((week) => [week.low, week.high]),
                        backgroundColor: RANGE,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                onClick: (_event, [point]) =>
                    point && this.props.open(weeks[point.index].action),
                interaction: {mode: "index", intersect: false},
                scales: {
                    x: {ticks: {color: TEXT}, grid: {display: false}},
                    y: {
                        beginAtZero: true,
                        grid: {color: GRID},
                        ticks: {
                            color: TEXT,
                            callback: (value) => humanNumber(value, {decimals: 1}),
                        },
                    },
                },
                plugins: {
                    legend: {labels: {color: TEXT}},
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                item.datasetIndex ? "" : weeks[item.dataIndex].text,
                        },
                    },
                },
            },
        });
    }
}

/** The page of managers: what is owed, what comes in, who is late, what to decide. */
export class Overview extends Component {
    static template = "ar_followup_plus.Overview";
    static components = {ForecastChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({page: null, busy: false});
        onWillStart(async () => {
            this.state.page = await this.orm.call("ar.overview", "figures", []);
        });
        this.open = (action) => this.action.doAction(action);
    }

    async workOut() {
        this.state.busy = true;
        try {
            this.state.page = await this.orm.call("ar.overview", "work_out", []);
        } finally {
            this.state.busy = false;
        }
    }

    openCustomer(row) {
        return this.open(row.action);
    }

    arrow(change) {
        return {"-1": "fa-arrow-down", 0: "fa-arrows-h", 1: "fa-arrow-up"}[change.sign];
    }

    tone(change) {
        return {"-1": "text-danger", 0: "text-muted", 1: "text-success"}[change.good];
    }
}

registry.category("actions").add("ar_followup_plus.overview", Overview);
