"""Separate transactions, repeated after a conflict with a concurrent change.

Odoo runs REPEATABLE READ: a transaction that writes a row changed since its snapshot
gets a SerializationFailure, and only a new transaction sees the change.
"""

import logging
import random
import time
from contextlib import contextmanager

from psycopg2 import DatabaseError, errors

from odoo.modules import module
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Attempts for a transaction that conflicts with a concurrent change.
ATTEMPTS = 5
#: Errors that only a new transaction can resolve.
RACES = (
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.DeadlockDetected,
)
#: The above, or a unique violation: it may come from another process, or be a fault.
CONFLICTS = (*RACES, errors.UniqueViolation)


def is_free(env):
    """Return whether transactions may be committed here.

    Not within a test, nor while modules are loaded, as for demo data.
    """
    return not module.current_test and env.registry.ready


def without_jit(env):
    """Switch off PostgreSQL's just-in-time compilation for this transaction.

    For the large queries, compiling hundreds of functions takes longer than running
    them.
    """
    env.cr.execute("SET LOCAL jit = off")


def for_slices(env):
    """Make this transaction plan slice queries once, with joins in the written order.

    Otherwise PostgreSQL tries the orders of eight joins again for each slice, which
    takes a third of the time of reading. It would also memoize lookups of customers
    that occur only once; not every version has that setting.
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

    For ARRAY[1, 2, …] PostgreSQL plans a thousand constants at each occurrence: a third
    of the time of a slice.
    """
    return SQL("%s::int[]", f"{{{','.join(map(str, ids))}}}")


def quietly(env, query):
    """Run a statement that may conflict with a concurrent change; return its rows.

    The caller retries, so the conflict is not logged as an error.
    """
    env.cr.execute(query, log_exceptions=False)
    return env.cr.fetchall()


def commit(env):
    """Commit, so that other processes see the changes, if commits are allowed."""
    env.flush_all()  # in any case: the caller may drop its cache next
    if is_free(env):
        env.cr.commit()


def rollback(env):
    """Roll back uncommitted changes, if commits are allowed."""
    if is_free(env):
        env.cr.rollback()


def in_turn(env, work, attempts=ATTEMPTS):
    """Run ``work`` in its own transaction, after committing earlier changes.

    :param work: a function without arguments; it may run several times
    :param int attempts: number of attempts before the conflict is raised
    :return: the result of ``work``
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
    """Run one task of several: log a failure, and continue with the others.

    Within a test nothing can be rolled back, so it raises.

    :param work: a function without arguments, which ends its own transactions
    :return: its result, or None if it failed
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
    """Run ``record`` in the current transaction, and after a conflict in new ones."""
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
        commit(env)  # a new snapshot sees the last holder's changes
        yield mine
    except BaseException:
        rollback(env)
        raise
    finally:
        if mine and not env.cr.closed:
            env.cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", key, number))


@contextmanager
def one_by_one(env, key, number, seconds):
    """Run a block under an exclusive lock, and commit it.

    The block sees all earlier changes of other holders, so their rows cause no
    conflict. Uncommitted changes before it are rolled back.

    :param int key: what is locked
    :param int number: which one of these
    :param int seconds: how long to wait for the others
    :raise LockNotAvailable: if the others take longer
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
        env.cr.commit()  # a new snapshot sees the last holder's changes
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
