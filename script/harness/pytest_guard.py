"""A pytest plugin: what was not run is not green.

Odoo's test classes skip themselves when there is no HTTP server, no browser or
no chart of accounts, and a run that skipped them looks like a success.
"""

import itertools
import os
import time
from collections import Counter

import pytest

#: As account.tests.common calls the company of a class of tests.
READY = "company_1_data"


#: In a tuple, where a test that freezes the clock does not find it and replace it.
_CLOCK = (time.perf_counter,)
#: Files, and tests, that are listed with the time that they took.
MOST_LISTED = 25


class Times:
    """Measures how long each file of tests takes, and of that its preparation.

    Not ``--durations``, which a frozen clock makes wrong.
    """

    def __init__(self):
        self.seconds = Counter()
        self.tests = Counter()
        self.preparing = Counter()

    def _measured(self, item, *counters):
        name = str(item.path.relative_to(item.config.rootpath))
        begin = _CLOCK[0]()
        try:
            return (yield)
        finally:
            seconds = _CLOCK[0]() - begin
            self.tests[item.nodeid] += seconds
            for counter in counters:
                counter[name] += seconds

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item):
        return (yield from self._measured(item, self.seconds, self.preparing))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item):
        return (yield from self._measured(item, self.seconds))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item):
        return (yield from self._measured(item, self.seconds))

    def pytest_terminal_summary(self, terminalreporter):
        total, preparing = self.seconds.total(), self.preparing.total()
        terminalreporter.section("where the time went")
        terminalreporter.write_line(
            f"{total:7.1f} s in {len(self.seconds)} files, {preparing:.1f} s of it to "
            "prepare classes and tests"
        )
        for name, seconds in self.seconds.most_common(MOST_LISTED):
            terminalreporter.write_line(
                f"{seconds:7.1f} s {self.preparing[name]:7.1f} s  {name}"
            )
        for name, seconds in self.tests.most_common(MOST_LISTED):
            terminalreporter.write_line(f"{seconds:7.1f} s  {name}")


def _no_skip(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr
        if isinstance(reason, tuple):
            reason = reason[-1]
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in this run, but: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _no_skip((yield))


def claimed(items, folder):
    """Return the tests of files that no other lane has begun, one after the other.

    :param items: all tests, those of a file together
    :param str folder: shared by the lanes; it gets an empty file for each that is begun
    """
    for path, tests in itertools.groupby(items, key=lambda item: item.path):
        name = "-".join(path.parts[1:])
        try:
            os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        yield from tests


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    """Run the files that no other lane has begun, where ``AR_LANE`` is their folder.

    As pytest does with all of them. So no lane is idle while the other has files left.
    """
    if "AR_LANE" not in os.environ or session.testsfailed:
        return None
    items = claimed(session.items, os.environ["AR_LANE"])
    for item, following in itertools.pairwise(itertools.chain(items, [None])):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
    return True


@pytest.fixture(scope="session", autouse=True)
def ready_company(load_registry):
    """Make the company with a chart of accounts that the classes of tests begin with.

    Made anew by each of them it took every tenth second of all tests; ArCommon takes
    the one that is there. As on the day of most tests: the opening day follows from it.
    """
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests import freeze_time
    from odoo.tests.common import get_db_name

    with Registry(get_db_name()).cursor() as cr, freeze_time("2026-03-10 10:00:00"):
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        if not env["res.company"].search_count([("name", "=", READY)]):
            company = env["res.company"].create({"name": READY})
            chart = env["account.chart.template"]
            chart.try_loading("generic_coa", company=company, install_demo=False)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords():
    """Hash the passwords of people made for a test with few rounds."""
    from odoo.addons.base.models import res_users

    rounds, res_users.MIN_ROUNDS = res_users.MIN_ROUNDS, 1
    yield
    res_users.MIN_ROUNDS = rounds


@pytest.fixture(scope="session", autouse=True)
def patient_requests():
    """Let requests of a browser wait for each other for as long as a tour may take.

    Those of a test share its transaction. The first one that makes the styles and
    scripts holds it for more than the usual 20 seconds on a busy machine; the others
    then got a page with an error, where the browser expects JSON.
    """
    from odoo.tests.common import BaseCase

    seconds, BaseCase.test_cursor_lock_timeout = BaseCase.test_cursor_lock_timeout, 240
    yield
    BaseCase.test_cursor_lock_timeout = seconds


class Guard:
    """Watches a run of everything: is a part of it missing?"""

    def __init__(self, config):
        self.config = config
        self.deselected = []
        self.browsers = 0
        self.complaints = []

    def pytest_deselected(self, items):
        self.deselected += [item.nodeid for item in items]

    @pytest.fixture(scope="session", autouse=True)
    def count_browsers(self):
        from odoo.tests.common import ChromeBrowser

        start = ChromeBrowser.__init__

        def counting(*args, **kwargs):
            start(*args, **kwargs)
            self.browsers += 1

        ChromeBrowser.__init__ = counting
        yield
        ChromeBrowser.__init__ = start

    def missing(self):
        if self.deselected:
            yield f"Deselected unasked: {', '.join(self.deselected)}"
        if not self.browsers:
            yield "No browser was started: the browser tests did not run."

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if finished and not self.config.option.collectonly:
            self.complaints = list(self.missing())
        if self.complaints:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for text in self.complaints:
            terminalreporter.section("not everything was run", red=True, bold=True)
            terminalreporter.write_line(text)


def pytest_configure(config):
    """Guard the whole only where the person asked for no part of it."""
    config.pluginmanager.register(Times(), "times")
    option = config.option
    asked = config.args_source != pytest.Config.ArgsSource.TESTPATHS
    for name in ("keyword", "markexpr", "deselect", "ignore", "lf", "stepwise"):
        asked = asked or bool(getattr(option, name, None))
    if not asked and not option.maxfail:
        config.pluginmanager.register(Guard(config), "guard")
