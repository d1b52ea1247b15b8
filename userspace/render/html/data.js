// The data of the page: what was reported, unpacked.

/** The text of one piece. */
async function unpacked(piece) {
  const bytes = Uint8Array.from(atob(piece), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

/** The objects of all pieces that can be read, one a line; `onBroken` is called for each that cannot: the page is cut short. */
async function objectsIn(id, onBroken) {
  const pieces = document.getElementById(id).textContent.split("\n").filter(Boolean);
  const parsed = pieces.map(async (piece) => {
    try {
      return (await unpacked(piece)).split("\n").filter(Boolean).map((line) => JSON.parse(line));
    } catch {
      onBroken();
      return [];
    }
  });
  return (await Promise.all(parsed)).flat();
}

/** What was reported, and the words for each verdict of it. */
async function parsedLines() {
  const lines = { start: null, end: null, losses: [], verdicts: [], words: [], broken: 0 };
  for (const line of await objectsIn("data", () => ++lines.broken)) {
    if (line.type === "verdict" || line.type === "teardown") lines.verdicts.push(line);
    else if (line.type === "words") lines.words[lines.verdicts.length - 1] = line;
    else if (line.type === "lost") lines.losses.push(line);
    else lines[line.type] = line;
  }
  return lines;
}
