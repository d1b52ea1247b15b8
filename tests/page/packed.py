"""The data of a page that tcpblame report --html writes, unpacked and packed again.

    packed.py PAGE    prints its lines
"""

import base64
import json
import pathlib
import re
import sys
import zlib

DATA = re.compile(r'(<script type="text/plain" id="data">\n)([A-Za-z0-9+/=\n]*)(</script>)')
OBJECTS_A_PIECE = 100


def texts_in(page):
    """Each line of the page's data, in their order."""
    pieces = DATA.search(page).group(2).splitlines()
    return [line for piece in pieces for line in zlib.decompress(base64.b64decode(piece)).decode().splitlines()]


def lines_in(page):
    """The lines that the page shows."""
    return [line for line in map(json.loads, texts_in(page)) if line["type"] != "words"]


def words_in(page):
    """The words for each verdict of them."""
    return [line for line in map(json.loads, texts_in(page)) if line["type"] == "words"]


def with_lines(page, lines, words=None):
    """The page, showing these lines, in these words."""
    words = iter(words_in(page) if words is None else words)
    objects = []
    for line in lines:
        objects.append(line)
        if line["type"] in ("verdict", "teardown") and (said := next(words, None)):
            objects.append(said)
    texts = [json.dumps(each) + "\n" for each in objects]
    pieces = ["".join(texts[at : at + OBJECTS_A_PIECE]) for at in range(0, len(texts), OBJECTS_A_PIECE)]
    packed = "".join(base64.b64encode(zlib.compress(piece.encode())).decode() + "\n" for piece in pieces)
    return DATA.sub(lambda found: found.group(1) + packed + found.group(3), page)


if __name__ == "__main__":
    print("\n".join(texts_in(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))))
