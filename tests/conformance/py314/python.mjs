// CPython 3.14 as WebAssembly, called like `python`:
//
//     PYODIDE=DIR/node_modules/pyodide node python.mjs [-m MODULE | -c CODE | FILE] [ARGUMENT...]
//
// The host's directories are mounted where they are, so that paths mean the same inside: each
// top-level one that WebAssembly's file system does not have, the working directory, and those
// of PYTHONPATH. The standard library is unpacked to /stdlib (pyodide has it in an archive).
// Standard input and output are those of this process.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const home = process.env.PYODIDE;
if (!home) throw new Error("PYODIDE names no directory of the npm package pyodide");
const { loadPyodide } = await import(pathToFileURL(path.join(home, "pyodide.mjs")));

// pyodide makes the directory HOME, which would hide the host's
const env = { ...process.env, HOME: "/home/pyodide" };
const python = await loadPyodide({ indexURL: home, env });
python.setStdin({ stdin: readLine });
for (const name of fs.readdirSync("/")) {
  if (!python.FS.analyzePath("/" + name).exists) mount("/" + name);
}
mount(process.cwd());
for (const folder of (process.env.PYTHONPATH ?? "").split(path.delimiter)) {
  if (folder) mount(path.resolve(folder));
}
python.FS.mkdirTree("/stdlib");
const library = new Uint8Array(fs.readFileSync(path.join(home, "python_stdlib.zip")));
python.unpackArchive(library, "zip", { extractDir: "/stdlib" });
python.globals.set("started_with", python.toPy(process.argv.slice(2)));
process.exitCode = python.runPython(
  fs.readFileSync(new URL("start.py", import.meta.url), "utf8"),
);

// Show a directory of the host at the same path.
function mount(folder) {
  if (python.FS.analyzePath(folder).exists || !fs.statSync(folder).isDirectory()) return;
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, folder);
}

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
