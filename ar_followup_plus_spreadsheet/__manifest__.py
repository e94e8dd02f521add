{
    "name": "Receivables Follow-up Plus: Dashboard",
    "summary": "The overview of receivables as a spreadsheet that one can rearrange",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "ar_followup_plus contributors",
    "website": "https://github.com/ar-followup-plus/ar_followup_plus",
    "depends": ["ar_followup_plus", "spreadsheet_dashboard"],
    "data": ["data/dashboards.xml"],
    "auto_install": True,
}
