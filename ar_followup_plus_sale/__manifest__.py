{
    "name": "Receivables Follow-up Plus: Sales",
    "summary": "Orders on credit wait for accepted terms, and under a credit hold",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "ar_followup_plus contributors",
    "website": "https://github.com/ar-followup-plus/ar_followup_plus",
    "depends": ["ar_followup_plus", "sale"],
    "data": ["security/ir.model.access.csv", "views/sale_order_views.xml"],
    "assets": {
        "web.assets_tests": ["ar_followup_plus_sale/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
