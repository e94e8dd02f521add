"""Runs SQL statements, one for each argument, and prints the last one's rows.

Started with the Python that has psycopg2, so that no client programs of
PostgreSQL are needed. ``python -m harness.inside_sql DATABASE STATEMENT...``
"""

import sys

import psycopg2


def main(database, *statements):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            for row in cursor.fetchall() if cursor.description else ():
                print("\t".join("" if value is None else str(value) for value in row))
    finally:
        connection.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except psycopg2.Error as error:
        sys.exit(f"PostgreSQL: {str(error).strip()}")
