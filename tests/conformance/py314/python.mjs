// CPython 3.14 as WebAssembly, called like `python`:
//
//     PYODIDE=DIR/node_modules/pyodide node python.mjs [-m MODULE | -c CODE | FILE] [ARGUMENT...]
//
// The working directory and the directories of PYTHONPATH are mounted where they are, so that
// paths mean the same inside; the standard library is unpacked to /stdlib (pyodide imports it
// from an archive). Standard input and output are those of this process.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const home = process.env.PYODIDE;
if (!home) throw new Error("PYODIDE names no directory of the npm package pyodide");
const { loadPyodide } = await import(pathToFileURL(path.join(home, "pyodide.mjs")));

const python = await loadPyodide({ indexURL: home, env: { HOME: "/home", ...process.env } });
python.setStdin({ stdin: readLine, autoEOF: false });
const folders = (process.env.PYTHONPATH ?? "").split(path.delimiter).filter(Boolean);
for (const folder of new Set([process.cwd(), ...folders.map((each) => path.resolve(each))])) {
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, folder);
}
python.FS.mkdirTree("/stdlib");
const library = new Uint8Array(fs.readFileSync(path.join(home, "python_stdlib.zip")));
python.unpackArchive(library, "zip", { extractDir: "/stdlib" });
python.globals.set("started_with", python.toPy(process.argv.slice(2)));
process.exitCode = python.runPython(
  fs.readFileSync(new URL("start.py", import.meta.url), "utf8"),
);

// One line of standard input, or null at its end.
function readLine() {
  const bytes = [];
  const one = Buffer.alloc(1);
  for (;;) {
    let count;
    try {
      count = fs.readSync(0, one, 0, 1, null);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      if (error.code === "EOF") count = 0;
      else throw error;
    }
    if (count === 0) return bytes.length ? Buffer.from(bytes).toString("utf8") : null;
    bytes.push(one[0]);
    if (one[0] === 10) return Buffer.from(bytes).toString("utf8");
  }
}
