"""An engine by another clock: passes on what it is asked, and dates the answers.

    other_clock.py PORT ENGINES_PORT SECONDS   its clock is so much ahead of ours
"""

import email.utils
import http.server
import sys
import time
import urllib.error
import urllib.request

PORT, ENGINE, AHEAD = map(int, sys.argv[1:])


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{ENGINE}{self.path}", data=body, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        said = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + AHEAD, usegmt=True)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Proxy).serve_forever()
