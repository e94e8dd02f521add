{
    "name": "Receivables Follow-up Plus: Job Queue",
    "summary": "Decides and sends in jobs of queue_job, on a channel of their own",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "ar_followup_plus contributors",
    "website": "https://github.com/ar-followup-plus/ar_followup_plus",
    "depends": ["ar_followup_plus", "queue_job"],
    "data": ["data/queue_job.xml"],
    "auto_install": True,
}
