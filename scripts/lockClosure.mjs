import { readFileSync } from 'node:fs';

/** Packages of the lock file by their folder, `node_modules/…`. */
export const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;

/** Where `name` is found from the package in folder `from`, as node looks it up. */
function resolve(from, name) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = `${base ? `${base}/` : ''}node_modules/${name}`;
    if (locked[path] || base === '') return path;
  }
}

/** Folders of the packages named and of all that they need at run time, platform packages left out unless `optional`. */
export function lockClosure(names, { optional = false } = {}) {
  const found = new Set();
  const visit = (path) => {
    const entry = locked[path];
    if (!entry || entry.dev || found.has(path)) return;
    found.add(path);
    const needs = { ...entry.dependencies, ...(optional ? entry.optionalDependencies : {}) };
    for (const name of Object.keys(needs)) visit(resolve(path, name));
  };
  for (const name of names) visit(`node_modules/${name}`);
  return [...found];
}
