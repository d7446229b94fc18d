"""A real browser: Chromium without a window, driven by the WebDriver protocol (w3.org/TR/webdriver)
through Debian's chromedriver."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request

STARTED = re.compile(r"started successfully on port (\d+)")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how the protocol names an element
TAB = "\ue004"
SHIFT = "\ue008"
ENTER = "\ue007"


class Browser:
    """One session. `folder` is for its profile; whoever makes it closes it."""

    def __init__(self, folder, width=1400, height=1000):
        driver = shutil.which("chromedriver")
        assert driver, "there is no chromedriver: ci/setup installs it"
        folder = pathlib.Path(folder)
        self.log = open(folder / "chromedriver.log", "w+", encoding="utf-8")
        # Under `bazel test` there may be no home, and a browser wants one.
        self.process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True,
                                        env={**os.environ, "HOME": str(folder)})
        try:
            self.base = self.wait_for_port()
            self.session = self.start(folder / "profile", width, height)
        except BaseException:
            self.close()
            raise

    def wait_for_port(self):
        for line in self.process.stdout:
            if match := STARTED.search(line):
                return f"http://127.0.0.1:{match[1]}"
        raise AssertionError("chromedriver did not start")

    def start(self, profile, width, height):
        # As root Chromium has no sandbox of its own; a test's /dev/shm may be small.
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--no-first-run", "--disable-background-networking",
                     f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments},
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        answer = self.send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        return f"/session/{answer['sessionId']}"

    def send(self, method, path, content=None):
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise AssertionError(f"{path}: {said['error']}: {said['message']}") from error

    def command(self, path, content=None, method="POST"):
        return self.send(method, self.session + path,
                         {} if content is None and method == "POST" else content)

    def open(self, url):
        self.command("/url", {"url": url})

    def reload(self):
        self.command("/refresh")

    def run(self, script, *arguments):
        """What the body of that function returns in the page."""
        return self.command("/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.command("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.command(f"/element/{self.find(selector)}/click")

    def press(self, *keys):
        """Down in this order, up in the other."""
        actions = [{"type": "keyDown", "value": key} for key in keys]
        actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.command("/actions", {"actions": [{"type": "key", "id": "keyboard",
                                               "actions": actions}]})

    def prefer(self, scheme):
        """As if the desktop were dark, or light."""
        self.command("/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]}})

    def console(self):
        """What the console has said since it was last asked."""
        return [entry["message"] for entry in self.command("/se/log", {"type": "browser"})]

    def requests(self):
        """The addresses that were asked for since this was last asked."""
        entries = [json.loads(entry["message"])["message"]
                   for entry in self.command("/se/log", {"type": "performance"})]
        return [entry["params"]["request"]["url"] for entry in entries
                if entry["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.command("/screenshot", method="GET")))

    def close(self):
        if getattr(self, "session", None):
            self.command("", method="DELETE")
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
