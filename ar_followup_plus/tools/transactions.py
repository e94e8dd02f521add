"""Transactions of their own, repeated where they met a concurrent change.

Odoo runs REPEATABLE READ: whoever writes a row that somebody else changed since
the snapshot gets a SerializationFailure, and only a new transaction sees the change.
"""

import logging
import random
import time
from contextlib import contextmanager

from psycopg2 import DatabaseError, errors

from odoo.modules import module
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Attempts for a transaction that met a concurrent change.
ATTEMPTS = 5
#: What only a new transaction overcomes.
RACES = (
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.DeadlockDetected,
)
#: A unique index may have met what another process wrote, or its own trouble.
CONFLICTS = (*RACES, errors.UniqueViolation)


def is_free(env):
    """Return whether transactions may end here.

    Not within a test, nor while modules are loaded: demonstration data.
    """
    return not module.current_test and env.registry.ready


def without_jit(env):
    """Switch off PostgreSQL's just-in-time compilation for this transaction.

    The large queries compile hundreds of functions in more time than they then run.
    """
    env.cr.execute("SET LOCAL jit = off")


def for_slices(env):
    """Let this transaction plan the reading of a slice once, in the order it is written.

    PostgreSQL otherwise tries the orders of eight joins, for each slice anew, in a
    third of the time that reading takes. It would also keep what it looked up, for
    customers who come once each; not every version has that setting.
    """
    env.cr.execute(
        """SELECT set_config(known.name, wanted.value, TRUE)
             FROM pg_settings known
             JOIN (VALUES ('jit', 'off'), ('join_collapse_limit', '4'),
                          ('enable_memoize', 'off')) wanted (name, value)
                  ON wanted.name = known.name"""
    )


def id_array(ids):
    """Return SQL for an array of ids, as one literal.

    As ARRAY[1, 2, …] PostgreSQL plans a thousand constants wherever it stands: a third
    of the time of a slice.
    """
    return SQL("%s::int[]", f"{{{','.join(map(str, ids))}}}")


def quietly(env, query):
    """Run a statement that may meet a concurrent change; return its rows.

    Who calls it tries again, so the conflict is no error for the log.
    """
    env.cr.execute(query, log_exceptions=False)
    return env.cr.fetchall()


def commit(env):
    """Commit, so that other processes see it, where transactions may end."""
    env.flush_all()  # elsewhere too: the caller may drop its cache next
    if is_free(env):
        env.cr.commit()


def rollback(env):
    """Undo what is not committed, where transactions may end."""
    if is_free(env):
        env.cr.rollback()


def in_turn(env, work, attempts=ATTEMPTS):
    """Run ``work`` in a transaction of its own; what came before is committed.

    :param work: a function without arguments; it may run several times
    :param int attempts: how often, before the conflict is raised
    :return: what ``work`` returns
    """
    commit(env)
    for attempt in range(1, attempts + 1):
        try:
            result = work()
            env.flush_all()
        except CONFLICTS as conflict:
            if not is_free(env):
                raise
            rollback(env)
            if attempt == attempts:
                raise
            _logger.debug("Tried again after a concurrent change: %s", conflict)
            time.sleep(random.uniform(0.02, 0.1) * attempt)
        except Exception:
            rollback(env)
            raise
        else:
            try:
                commit(env)
            except CONFLICTS:
                rollback(env)
                if attempt == attempts:
                    raise
                time.sleep(random.uniform(0.02, 0.1) * attempt)
            else:
                return result


def let_others_go_on(env, work):
    """Run one task of several: one that fails is logged, and the others go on.

    Within a test nothing could be undone, so there it raises.

    :param work: a function without arguments, which ends its own transactions
    :return: what it returns, or None where it failed
    """
    try:
        return work()
    except Exception:
        if not is_free(env) or env.cr.closed:
            raise
        rollback(env)
        env.invalidate_all(flush=False)
        _logger.exception("A task failed; the others go on")
        return None


def in_turn_now(env, record, attempts=ATTEMPTS):
    """Run ``record`` in the transaction at hand; only after a conflict in others."""
    try:
        record()
        commit(env)
    except DatabaseError as error:
        if not is_free(env):
            raise
        _logger.debug("Written again after a concurrent change: %s", error)
        rollback(env)
        in_turn(env, record, attempts)


@contextmanager
def only_one(env, key, number):
    """Hold a lock that ends with the process, if nobody else holds it.

    :param int key: what is locked
    :param int number: which one of these
    :return: whether this process holds it
    """
    [(mine,)] = env.execute_query(
        SQL("SELECT pg_try_advisory_lock(%s, %s)", key, number)
    )
    try:
        commit(env)  # a new snapshot sees what the last holder wrote
        yield mine
    except BaseException:
        rollback(env)
        raise
    finally:
        if mine and not env.cr.closed:
            env.cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", key, number))


@contextmanager
def one_by_one(env, key, number, seconds):
    """Do something while nobody else does the same, and commit it.

    What is done within sees all that others did before; a row that they wrote is no
    conflict. Whatever was not committed before is undone.

    :param int key: what is locked
    :param int number: which one of these
    :param int seconds: how long to wait for the others
    :raise LockNotAvailable: where they took longer
    """
    cr = env.cr
    cr.rollback()
    cr.execute(
        SQL("SELECT set_config('lock_timeout', %s, TRUE)", f"{int(seconds)}s"),
    )
    cr.execute(
        SQL("SELECT pg_advisory_lock(%s, %s)", key, number), log_exceptions=False
    )
    try:
        env.cr.commit()  # a new snapshot sees what the last holder wrote
        yield
        cr.flush()
        env.cr.commit()
    except BaseException:
        if not cr.closed:
            cr.rollback()
        raise
    finally:
        if not cr.closed:
            cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", key, number))
