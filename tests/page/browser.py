"""A headless Chromium that may not speak to anybody but the test, and what a test asks it."""

import json
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless",
    "--no-sandbox",  # as root it has none
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # in a container that is small
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
PATIENCE = 120  # seconds for anything: the machine may be busy


class Browser:
    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="tcpblame-page-")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={self.profile.name}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.set_script_timeout(PATIENCE)

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    def open(self, path):
        self.driver.get("about:blank")
        self.complaints()
        self.requests()
        self.driver.get(f"file://{path}")
        self.driver.execute_async_script(
            "const [done] = arguments;"
            "(function look() { document.querySelector('#page > *') ? done() : requestAnimationFrame(look); })()"
        )

    def size(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def scheme(self, name):
        scheme = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def settle(self):
        """Until what was asked for is on the screen: observers run with the frame after."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        )

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map(node => node.textContent)", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def click(self, selector, number=0):
        self.run("document.querySelectorAll(arguments[0])[arguments[1]].click()", selector, number)
        self.settle()

    def enter(self, selector, value):
        """Puts a value into a control, as somebody would who typed or chose it."""
        self.run(
            "const [node, value] = [document.querySelector(arguments[0]), arguments[1]];"
            "node.value = value;"
            "node.dispatchEvent(new Event(node.matches('select') ? 'change' : 'input', {bubbles: true}))",
            selector,
            value,
        )
        self.settle()

    def complaints(self):
        """What the console has to say since it was asked last."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Every address that was asked since this was asked last; not what the page's policy stopped before."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]

        def of_kind(method):
            return [message["params"] for message in messages if message["method"] == method]

        failed = of_kind("Network.loadingFailed")
        stopped = {request["requestId"] for request in failed if request.get("blockedReason") == "csp"}
        sent = of_kind("Network.requestWillBeSent")
        return [request["request"]["url"] for request in sent if request["requestId"] not in stopped]

    def shot(self, path):
        self.settle()
        self.driver.save_screenshot(str(path))
