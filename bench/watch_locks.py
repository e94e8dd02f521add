"""Looks from outside how long the transactions of a server process are open.

``python -m bench.watch_locks DATABASE PID``: until a line comes in; then prints the
longest time, in seconds, with something written (rows locked), and in all.
"""

import select
import sys

import psycopg2

QUERY = """SELECT backend_xid::text,
                  extract(epoch FROM clock_timestamp()),
                  extract(epoch FROM xact_start)
             FROM pg_stat_activity WHERE pid = %s"""


def main(database, pid):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    longest = [0.0, 0.0]
    writing = since = None
    with connection.cursor() as cursor:
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], 0.005)[0]:
            cursor.execute(QUERY, [pid])
            for transaction, now, began in cursor.fetchall():
                if transaction != writing:
                    writing, since = transaction, now
                if writing:
                    longest[0] = max(longest[0], float(now - since))
                if began:
                    longest[1] = max(longest[1], float(now - began))
    connection.close()
    print(*longest)


if __name__ == "__main__":
    main(*sys.argv[1:])
