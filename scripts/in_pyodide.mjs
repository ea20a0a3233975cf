// Runs a Python file in Pyodide under Node.js, with a copy of this course's package to import.
//
//     node scripts/in_pyodide.mjs PYODIDE_FOLDER FILE.py [package …]
//
// The packages (numpy …) come from Pyodide's folder; nothing is fetched from elsewhere.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, file, ...packages] = process.argv.slice(2);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const entry = path.resolve(folder, "pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(entry).href);
const python = await loadPyodide({ indexURL: path.resolve(folder) + path.sep });

function copy(from, to) {
  python.FS.mkdirTree(to);
  for (const item of fs.readdirSync(from, { withFileTypes: true })) {
    const [here, there] = [path.join(from, item.name), `${to}/${item.name}`];
    if (item.isDirectory() && item.name !== "__pycache__") copy(here, there);
    else if (item.isFile()) python.FS.writeFile(there, new Uint8Array(fs.readFileSync(here)));
  }
}

copy(path.join(root, "course_utils"), "/course/course_utils");
try {
  if (packages.length) await python.loadPackage(packages, { messageCallback: () => {} });
  await python.runPythonAsync("import sys; sys.path.insert(0, '/course')");
  await python.runPythonAsync(fs.readFileSync(file, "utf8"));
} catch (error) {
  console.error(error.message);  // without it, Node.js prints the whole of Pyodide's source
  process.exitCode = 1;
}
