#!/usr/bin/env python3
"""Runs the unit tests of Python files, for sh_test: each test case is a case of Bazel's test.xml.

usage: run_unittests.py FILE... [-- ARGUMENT...]

What stands behind "--" is in sys.argv of the tests. A file may import what stands beside it, and the
packages of ci/.
Exit status 1 if a case failed, or if there was none.
"""

import importlib.util
import os
import pathlib
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class Recorder(unittest.TextTestResult):
    """Also keeps each case's time and outcome for the XML."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.suite = ElementTree.Element("testsuite", name="python")
        self._began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()

    def _record(self, test, tag=None, text=""):
        # A class or module whose set-up fails has no startTest, and an id without a class.
        suite, _, name = test.id().rpartition(".")
        seconds = f"{time.monotonic() - self._began:.3f}"
        case = ElementTree.SubElement(
            self.suite, "testcase", classname=suite, name=name, time=seconds
        )
        if tag is not None:
            ElementTree.SubElement(case, tag, message=text.strip().splitlines()[-1]).text = text

    def addSuccess(self, test):
        super().addSuccess(test)
        self._record(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._record(test, "failure", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._record(test, "error", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._record(test, "skipped", reason or "skipped")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._record(subtest, "failure", self._exc_info_to_string(err, test))

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._record(test, "failure", "it was expected to fail")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._record(test)

    def write(self, path):
        """Beside, then renamed: Bazel reads it whole or makes its own."""
        cases = self.suite.findall("testcase")
        for tag, name in [("failure", "failures"), ("error", "errors"), ("skipped", "skipped")]:
            self.suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
        self.suite.set("tests", str(len(cases)))
        root = ElementTree.Element("testsuites")
        root.append(self.suite)
        temporary = f"{path}.part"
        ElementTree.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)
        os.replace(temporary, path)


def package_root(path):
    """The folder above the outermost package that the file is in."""
    folder = path.parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder


def load(path):
    """The tests of one file, under its dotted name."""
    path = pathlib.Path(os.path.abspath(path))
    root = package_root(path)
    ci = pathlib.Path(os.path.abspath(__file__)).parents[1]
    for folder in (path.parent, root, ci):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main():
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    paths, sys.argv = arguments[:split], [sys.argv[0], *arguments[split + 1 :]]
    tests = unittest.TestSuite(load(path) for path in paths)
    result = unittest.TextTestRunner(verbosity=2, resultclass=Recorder).run(tests)
    if output := os.environ.get("XML_OUTPUT_FILE"):
        result.write(output)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
