"""Processes of the test: started with a log each, waited for without waiting for a dead one, stopped together."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

TOKEN = "plimsoll-real"  # opens nothing but the test's own API server, which listens on loopback


class Failed(Exception):
    """Something that had to run did not; the text is for the reader."""


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def unverified():
    """Certificates are self-signed, so nobody verifies them."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def request(url, body=None, timeout=5, method=None):
    """Asks, or sends a body: POST unless a method is named, a merge patch with PATCH."""
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=timeout, context=unverified()) as answer:
        text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else {"text": text}


def get(url):
    """The answer, or None where there is none yet."""
    try:
        return request(url)
    except (OSError, ValueError):
        return None


def send(method, url, body=None):
    """Changes or removes an object."""
    try:
        return request(url, body, 30, method)
    except urllib.error.HTTPError as error:
        raise Failed(f"{method} {url}: {error.code}: {error.read().decode()}") from error


def post(url, body):
    """Creates an object."""
    return send("POST", url, body)


class Process:
    """One program with its log."""

    def __init__(self, name, log, command):
        self.name, self.log, self.began = name, log, time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as out:
            # In a session of its own, so that an interrupt of the terminal reaches the test alone, which then stops all.
            self.running = subprocess.Popen(list(map(str, command)), stdout=out, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, start_new_session=True,
                                            env={"PATH": os.environ["PATH"]})

    def wait_for(self, what, ask, seconds):
        """What `ask` answers as soon as that is something."""
        while time.monotonic() - self.began < seconds:
            answer = ask()
            if answer:
                return answer
            if self.running.poll() is not None:
                raise Failed(f"{self.name} exited with {self.running.returncode} before {what}\n{self.tail()}")
            time.sleep(0.25)
        raise Failed(f"{self.name}: no {what} in {seconds} s\n{self.tail()}")

    def seconds(self):
        """Since the start."""
        return time.monotonic() - self.began

    def text(self):
        """The whole log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tail(self, lines=25):
        """The end of the log, for the reader of a failure."""
        return "\n".join(f"    | {line[:400]}" for line in self.text().splitlines()[-lines:]) + f"\n    log: {self.log}"

    def stop(self):
        """Asks, waits, insists; also its children."""
        for name in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.running.pid, name)
            except ProcessLookupError:
                pass
            try:
                self.running.wait(timeout=15)
                return
            except subprocess.TimeoutExpired:
                pass


class Processes:
    """All that run, stopped in the reverse order of their starts."""

    def __init__(self):
        self.all = []

    def start(self, name, log, command):
        """Starts one."""
        self.all.append(Process(name, log, command))
        return self.all[-1]

    def stop(self, *only):
        """Stops these, or all."""
        for process in reversed(only or self.all[:]):
            process.stop()
            self.all.remove(process)
