"""What happens when processes are killed, connections cut and mail servers are flaky.

Started by ``script/chaos``. The faults, and what has to be true after each of them,
are in ``ar_followup_plus/tests/chaos_common.py``: the tests do the same in short.
"""
